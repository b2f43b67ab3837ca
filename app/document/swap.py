"""A whole folder replaced by a new one; at any moment a killed process leaves one that is whole."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path


def new_folder(folder: Path) -> Path:
    """An empty folder beside, to be filled and then put in the place of `folder`."""
    new = _beside(folder, "new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    return new


def swap_in(folder: Path) -> None:
    """Put the filled and synced new folder in the place of `folder`, which is then deleted."""
    old = _beside(folder, "old")
    shutil.rmtree(old, ignore_errors=True)
    os.replace(folder, old)
    finish_swap(folder)
    shutil.rmtree(old, ignore_errors=True)


def finish_swap(folder: Path) -> None:
    """`folder` was moved away and the process killed: the new one, which is whole, takes its place.

    Nothing happens when `folder` is there. Raises `OSError`.
    """
    new, old = _beside(folder, "new"), _beside(folder, "old")
    if folder.exists() or not old.exists():
        return
    with contextlib.suppress(FileNotFoundError):  # Another process was faster.
        os.replace(new if new.exists() else old, folder)


def settle_swap(folder: Path) -> bool:
    """Delete what a killed swap left beside `folder`, which is locked; whether there was any."""
    left = [path for path in (_beside(folder, "new"), _beside(folder, "old")) if path.exists()]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return bool(left)


def _beside(folder: Path, word: str) -> Path:
    """Hidden, so that no image is looked for in it."""
    return folder.with_name(f".{folder.name}-{word}")
