"""Which folders are encrypted: every file below goes through the vault of its folder."""

from __future__ import annotations

import threading
from pathlib import Path

from app.document.vault import Vault

_lock = threading.Lock()
_vaults: dict[Path, list[Vault]] = {}


class FolderLocked(OSError):
    """The project of this file is encrypted, and was closed: it is neither read nor written."""


def mount(folder: Path, vault: Vault) -> None:
    """From now on what is below `folder` is sealed by `vault`; to be undone by `unmount`."""
    with _lock:
        _vaults.setdefault(folder, []).append(vault)


def unmount(folder: Path) -> None:
    """After the last one nothing below can be read or written: a late writer must not write it
    plainly.
    """
    with _lock:
        if _vaults.get(folder):
            _vaults[folder].pop()


def forget(folder: Path) -> None:
    """This folder is not encrypted (any more)."""
    with _lock:
        _vaults.pop(folder, None)


def is_sealed(path: Path) -> bool:
    """Whether this file is in an encrypted folder."""
    return _find(path) is not None


def sealed(path: Path, data: bytes) -> bytes:
    """What to write to `path`. Raises `FolderLocked`."""
    found = _find(path)
    return data if found is None else _vault(found).seal(data, context_of(path, found))


def opened(path: Path, data: bytes) -> bytes:
    """What was sealed for `path`. Raises `FolderLocked`, `SealBroken`."""
    found = _find(path)
    return data if found is None else _vault(found).open(data, context_of(path, found))


def context_of(path: Path, folder: Path) -> str:
    """What a file is bound to: its place; in a model, which is renamed as a whole, its name."""
    parts = path.relative_to(folder).parts
    return f"models/{parts[-1]}" if parts[0] == "models" else "/".join(parts)


def _find(path: Path) -> Path | None:
    if not _vaults:
        return None
    return next((folder for folder in path.parents if folder in _vaults), None)


def _vault(folder: Path) -> Vault:
    with _lock:
        vaults = _vaults.get(folder)
        if not vaults:
            raise FolderLocked(f"{folder} is encrypted and was closed: open it again.")
        return vaults[-1]
