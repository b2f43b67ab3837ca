"""Files in the folders of an export that are of none of its images: training would read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.document.export.frame import Format, Picture
from app.document.file_names import name_key
from app.document.image_files import SUFFIXES

_SPLITS = ("train", "val", "test")


def has_own_folders(chosen: Format) -> bool:
    """Whether the format keeps its files in folders that are its alone."""
    return any(_places(pattern) for pattern in chosen.files)


def strangers(chosen: Format, pictures: list[Picture], folder: Path) -> Iterator[tuple[str, str]]:
    """For each folder of the export with such files: its name, and a sentence."""
    expected = {name_key(path) for path in chosen.paths(pictures)}
    found: dict[str, list[str]] = {}
    for pattern in chosen.files:
        for place in _places(pattern):
            for path in _files(folder, place, _ends(pattern)):
                name = path.relative_to(folder).as_posix()
                if name_key(name) not in expected:
                    names = found.setdefault(path.parent.relative_to(folder).as_posix(), [])
                    names.append(path.name)
    for place, names in sorted(found.items()):
        names = sorted(set(names))
        if len(names) == 1:
            told = f"{place}/{names[0]} belongs to no image of this export"
        else:
            told = f"{len(names)} files in {place} belong to no image of this export: {names[0]}, …"
        yield (
            place,
            f"{told}. Training would read it: move it away, or export into an empty folder.",
        )


def _places(pattern: str) -> list[str]:
    """Its folders, or its files where those are only one for each split; none at the very top."""
    splits = _SPLITS if "{split}" in pattern else ("",)
    places = []
    for start, brace, _ in (pattern.replace("{split}", s).partition("{") for s in splits):
        place = start.rpartition("/")[0] if brace else start
        if place and (brace or "{split}" in pattern):
            places.append(place)
    return places


def _ends(pattern: str) -> tuple[str, ...]:
    if pattern.endswith("{suffix}"):
        return tuple(SUFFIXES)
    return (pattern.rpartition("}")[2].lower(),)


def _files(folder: Path, place: str, ends: tuple[str, ...]) -> Iterator[Path]:
    root = folder / place
    if root.is_file():
        yield root
    for path in root.rglob("*") if root.is_dir() else ():
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.name.lower().endswith(ends) and not is_hidden and path.is_file():
            yield path
