"""What all imports share: the classes of the source, and which image a file belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from app.document.classes import MAX_CLASS_ID, UNLABELLED, Colour
from app.document.errors import LabelImportError
from app.document.project import ImageItem, Project

Ids = NDArray[np.uint8]


@dataclass(frozen=True)
class SourceClass:
    """A class of the source. `number` is what its masks hold, 0..253; `name` may be unknown.

    `wanted` is the id it would like when it is new in the project. `is_stray`: a colour that no
    table explains; somebody has to say what it is. `is_foreground`: the 255 of masks that hold
    only 0 and 255.
    """

    number: int
    name: str | None = None
    colour: Colour | None = None
    wanted: int | None = None
    is_stray: bool = False
    is_foreground: bool = False

    @property
    def title(self) -> str:
        """How it is called to a person."""
        if self.is_stray and self.colour is not None:
            return "#{:02x}{:02x}{:02x}".format(*self.colour)
        return self.name or f"class {self.number}"


FOREGROUND = SourceClass(UNLABELLED, "object", wanted=1, is_foreground=True)


class SourceClasses:
    """The classes of an import, by number. Its files are read with these numbers."""

    def __init__(self) -> None:
        self._by_number: dict[int, SourceClass] = {}
        self._noted: set[int] = set()

    def __iter__(self) -> Iterator[SourceClass]:
        found = sorted(self._by_number.values(), key=lambda item: item.number)
        return iter([*found, FOREGROUND] if self.are_two_valued else found)

    @property
    def are_two_valued(self) -> bool:
        """Whether all masks read so far hold 0 and 255 alone, as those of most programs that know
        only one kind of object, and no table says what the numbers are.

        Beside any other number 255 is what nobody labelled, as in VOC.
        """
        return self._noted == {0, UNLABELLED} and self._by_number.keys() == {0} and not self.named

    @property
    def may_be_two_valued(self) -> bool:
        """Whether no mask read so far says otherwise."""
        return self._noted <= {0, UNLABELLED} and not self.named

    def get(self, number: int) -> SourceClass:
        """The class of this number; one that no file names has only its number."""
        if number == UNLABELLED and self.are_two_valued:
            return FOREGROUND
        return self._by_number.get(number) or SourceClass(number, wanted=number)

    @property
    def named(self) -> set[int]:
        """The numbers that the source has names for."""
        return {item.number for item in self._by_number.values() if item.name is not None}

    def declare(self, number: int, name: str, colour: Colour | None = None) -> None:
        """A number means this; numbers out of 0..253 are nothing that a mask can hold."""
        if 0 <= number <= MAX_CLASS_ID:
            self._by_number[number] = SourceClass(number, name, colour, wanted=number)

    def number_of(
        self, name: str, *, wanted: int | None = None, colour: Colour | None = None
    ) -> int:
        """The number of the class of this name: a new one when there is none yet.

        `wanted` is taken when it is free. Raises `LabelImportError` when there are too many.
        """
        for known in self._by_number.values():
            if known.name == name:
                return known.number
        is_free = (
            wanted is not None and 0 <= wanted <= MAX_CLASS_ID and wanted not in self._by_number
        )
        number = wanted if is_free and wanted is not None else self._next_free()
        # Number 0 is the background's in a project; an object that is called so stays an object.
        new_id = 0 if is_background(name) else number if is_free and number > 0 else None
        self._by_number[number] = SourceClass(number, name, colour, new_id)
        return number

    def stray(self, colour: Colour) -> int:
        """The number of a colour that is in no table. Raises `LabelImportError`."""
        for known in self._by_number.values():
            if known.is_stray and known.colour == colour:
                return known.number
        number = self._next_free()
        self._by_number[number] = SourceClass(number, None, colour, is_stray=True)
        return number

    def note(self, numbers: Ids) -> None:
        """These numbers occur in a mask."""
        for number in np.unique(numbers).tolist():
            self._noted.add(number)
            if number != UNLABELLED:
                self._by_number.setdefault(number, self.get(number))

    def _next_free(self) -> int:
        for number in range(MAX_CLASS_ID + 1):
            if number not in self._by_number:
                return number
        raise LabelImportError(f"There are more than {MAX_CLASS_ID + 1} classes.")


def is_background(name: str) -> bool:
    """Whether a class is called what everybody calls the rest of a picture."""
    return name.strip().casefold() in ("background", "_background_", "bg")


@dataclass(frozen=True)
class FoundMask:
    """Labels for one image. `read` gives (H, W) uint8 numbers; raises `LabelImportError`."""

    name: str
    item: ImageItem
    read: Callable[[], Ids]


@dataclass(frozen=True)
class Problem:
    """Something that cannot be imported, in a sentence."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Stranger:
    """A file that is of no image of the project."""

    name: str


Found = FoundMask | Problem | Stranger
Importer = Callable[[Project, Path, SourceClasses], Iterator[Found]]
"""Looks through a folder (or a file) of one format."""


class Matcher:
    """Finds the image that a file belongs to, by its name."""

    def __init__(self, project: Project) -> None:
        self._by_key: dict[str, list[ImageItem]] = {}
        for item in project.images.values():
            path = PurePosixPath(item.name)
            for key in {
                f"1 {path}",
                f"2 {path.with_suffix('')}",
                f"3 {path.name}",
                f"4 {path.stem}",
            }:
                self._by_key.setdefault(key.casefold(), []).append(item)

    def find(self, stem: str) -> ImageItem | str | None:
        """The image of a mask whose name without suffix is `stem`; a sentence when several fit.

        `sub/a` is the image `sub/a.jpg`; `sub/a.jpg` is it even beside `sub/a.png`. Leading
        folders that no image has (`train/masks/sub/a`) are passed over, and all of them when only
        one image has that name. None: no image fits.
        """
        for key in _keys(stem):
            items = self._by_key.get(key.casefold(), [])
            if len(items) == 1:
                return items[0]
            if items:
                both = " and ".join(item.name for item in items[:2])
                whole = PurePosixPath(items[0].name).name
                return f"{stem} fits {both}: call it {whole} plus its own suffix to say which."
        return None

    def found(self, name: str, stem: str, read: Callable[[], Ids]) -> Iterator[Found]:
        """One mask, one problem, or a stranger when no image fits."""
        item = self.find(stem)
        if isinstance(item, str):
            yield Problem(name, item)
        elif item is None:
            yield Stranger(name)
        else:
            yield FoundMask(name, item, read)


def _keys(stem: str) -> Iterator[str]:
    parts = PurePosixPath(stem).parts
    for start in range(len(parts)):
        rest = "/".join(parts[start:])
        yield f"1 {rest}"
        yield f"2 {rest}"
    if parts:
        yield f"3 {parts[-1]}"
        yield f"4 {parts[-1]}"
