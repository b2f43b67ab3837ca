"""Which images a folder holds, in the order in which a person would list them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"))
PROJECT_FOLDER = "maskloop"


def natural_key(name: str) -> tuple[tuple[tuple[int, str], ...], ...]:
    """Sort key: `scan2` before `scan10`, folder by folder, letter case ignored first."""
    return (*(_natural_parts(piece) for piece in name.split("/")), ((-1, name),))


def find_images(folder: Path) -> Iterator[str]:
    """Yield the images under `folder` as relative posix paths, in natural order.

    Skips `maskloop/`, hidden files and folders, folders that cannot be listed, and names that are
    no valid text. Links to folders are followed, each folder once.
    """
    yield from _find(folder, "", set())


def is_image(path: Path, folder: Path) -> bool:
    """Whether `find_images` would list a file of this path; both are absolute."""
    if path.suffix.lower() not in SUFFIXES or not path.is_relative_to(folder):
        return False
    parts = path.relative_to(folder).parts
    is_kept = len(parts) > 1 and parts[0] == PROJECT_FOLDER
    return not is_kept and not any(part.startswith(".") for part in parts)


def _natural_parts(piece: str) -> tuple[tuple[int, str], ...]:
    return tuple(
        (int(part), "") if part.isdecimal() and part.isascii() else (-1, part)
        for part in re.split(r"([0-9]+)", os.path.splitext(piece)[0].casefold())
        if part
    )


def _find(folder: Path, prefix: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    try:
        status = folder.stat()
        entries = list(os.scandir(folder))
    except OSError:
        return
    if (status.st_dev, status.st_ino) in seen and status.st_ino:
        return
    seen.add((status.st_dev, status.st_ino))
    for entry in sorted(entries, key=lambda entry: natural_key(entry.name)):
        if entry.name.startswith(".") or not _is_text(entry.name):
            continue
        if os.path.splitext(entry.name)[1].lower() in SUFFIXES and _is_file(entry):
            yield prefix + entry.name
        elif _is_folder(entry) and not (entry.name == PROJECT_FOLDER and not prefix):
            yield from _find(Path(entry.path), f"{prefix}{entry.name}/", seen)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_file(entry: os.DirEntry[str]) -> bool:
    """A broken link counts as a file: the user is told that it cannot be read."""
    return entry.is_file() or (entry.is_symlink() and not entry.is_dir())


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
