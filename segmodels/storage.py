"""A model in a folder: `weights.safetensors` and `model.json`. Reading it never runs its code."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from segmodels.errors import ModelFileError

FORMAT = 1
WEIGHTS = "weights.safetensors"
CARD = "model.json"


Codec = Callable[[Path, bytes], bytes]


def set_codec(seal: Codec, open_sealed: Codec) -> None:
    """From now on each file passes through `seal` before it is written, and back when it is read.

    Both are given the file's path, and raise `OSError` or `ValueError`.
    """
    global _seal, _open
    _seal, _open = seal, open_sealed


def _as_it_is(path: Path, data: bytes) -> bytes:
    return data


_seal: Codec = _as_it_is
_open: Codec = _as_it_is


def write_part(path: Path, data: bytes) -> None:
    """Write one file of a model. Raises `OSError`."""
    path.write_bytes(_seal(path, data))


def read_part(path: Path) -> bytes:
    """One file of a model. Raises `OSError`, or `ValueError` when it does not open."""
    return _open(path, path.read_bytes())


def write_model(folder: Path, card: Mapping[str, Any], weights: Mapping[str, Tensor]) -> None:
    """Write a model aside and put it in the place of what `folder` holds."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
        text = json.dumps({"format": FORMAT, **card}, indent=2, ensure_ascii=False)
        for name, data in ((WEIGHTS, save(plain)), (CARD, text.encode())):
            write_part(aside / name, data)
        for path in aside.iterdir():
            _sync(path)
        aside.chmod(0o755)
        _swap(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def read_model(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read what `write_model` wrote; raises ModelFileError."""
    try:
        card = json.loads(read_part(folder / CARD).decode())
        weights = load(read_part(folder / WEIGHTS))
    except FileNotFoundError as error:
        raise ModelFileError(
            f"{folder} holds no model: {CARD} and {WEIGHTS} must be there."
        ) from error
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelFileError(f"The model in {folder} is broken: choose another version.") from error
    if not isinstance(card, dict) or not isinstance(card.get("format"), int):
        raise ModelFileError(f"The model in {folder} is broken: choose another version.")
    if card["format"] > FORMAT:
        raise ModelFileError(f"The model in {folder} is of a newer Maskloop: update the program.")
    return card, weights


def _swap(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`, which is there whole at any moment but one rename."""
    if not folder.exists():
        os.replace(new, folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    os.replace(folder, old / "model")
    try:
        os.replace(new, folder)
    except OSError:
        os.replace(old / "model", folder)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
