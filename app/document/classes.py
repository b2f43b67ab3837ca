"""The classes of a project: an id that never changes its meaning, a name and a colour."""

from __future__ import annotations

import colorsys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
from numpy.typing import NDArray

from app.document.errors import ClassError

UNLABELLED = 255
"""The id of a pixel that nobody labelled."""

MAX_CLASS_ID = 253

_COLOURS = (
    (64, 78, 110),
    (255, 122, 41),
    (0, 168, 132),
    (214, 62, 142),
    (255, 205, 41),
    (84, 132, 255),
    (142, 202, 60),
    (158, 92, 224),
    (0, 190, 220),
    (226, 60, 60),
    (150, 104, 62),
    (250, 160, 190),
    (0, 110, 90),
    (190, 190, 120),
    (120, 40, 80),
    (170, 210, 255),
)
"""Told apart by most eyes on grey and coloured images; the first is the background's."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class LabelClass:
    """One class. `id` is 0..253; `colour` is red, green, blue, 0..255."""

    id: int
    name: str
    colour: Colour


class ClassTable(Sequence[LabelClass]):
    """The classes in the order of their ids. Immutable: a change gives another table.

    Raises `ClassError` when ids or names repeat, a name is blank or an id is out of 0..253.
    """

    def __init__(self, classes: Iterable[LabelClass]) -> None:
        self._classes = tuple(sorted(classes, key=lambda item: item.id))
        self._by_id = {item.id: item for item in self._classes}
        _check(self._classes)

    @overload
    def __getitem__(self, index: int) -> LabelClass: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[LabelClass]: ...
    def __getitem__(self, index: int | slice) -> LabelClass | Sequence[LabelClass]:
        return self._classes[index]

    def __len__(self) -> int:
        return len(self._classes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClassTable) and self._classes == other._classes

    def __hash__(self) -> int:
        return hash(self._classes)

    def __repr__(self) -> str:
        return f"ClassTable({list(self._classes)})"

    @property
    def count_for_model(self) -> int:
        """How many outputs a model needs: the highest id + 1."""
        return self._classes[-1].id + 1 if self._classes else 0

    @property
    def has_suggested(self) -> bool:
        """Whether there are the classes that are guessed without a model: 0 and 1."""
        return self.has(0) and self.has(1)

    def by_id(self, class_id: int) -> LabelClass:
        """The class with this id. Raises `KeyError`."""
        return self._by_id[class_id]

    def by_name(self, name: str) -> LabelClass | None:
        """The class with this name, or None."""
        return next((item for item in self._classes if item.name == name), None)

    def has(self, class_id: int) -> bool:
        """Whether a class has this id."""
        return class_id in self._by_id

    def with_added(
        self, name: str, colour: Colour | None = None, *, class_id: int | None = None
    ) -> ClassTable:
        """Add a class with the next free id (or `class_id`) and a colour unlike the others."""
        new_id = self.count_for_model if class_id is None else class_id
        if new_id > MAX_CLASS_ID and class_id is None:
            free = set(range(MAX_CLASS_ID + 1)) - set(self._by_id)
            if not free:
                raise ClassError(f"A project holds at most {MAX_CLASS_ID + 1} classes.")
            new_id = min(free)
        used = [item.colour for item in self._classes]
        return ClassTable(
            (*self, LabelClass(new_id, name.strip(), colour or distinct_colour(used)))
        )

    def with_names(self, names: Iterable[str]) -> tuple[ClassTable, tuple[int, ...]]:
        """Add those of these names that are missing; the table, and the id of each name."""
        table = self
        names = [name.strip() for name in names]
        for name in names:
            if table.by_name(name) is None:
                table = table.with_added(name)
        by_name = {item.name: item.id for item in table}
        return table, tuple(by_name[name] for name in names)

    def with_renamed(self, class_id: int, name: str) -> ClassTable:
        """Give the class another name."""
        return self._with(replace(self.by_id(class_id), name=name.strip()))

    def with_recoloured(self, class_id: int, colour: Colour) -> ClassTable:
        """Give the class another colour."""
        return self._with(replace(self.by_id(class_id), colour=colour))

    def without(self, class_id: int) -> ClassTable:
        """Leave out the class (its pixels are the caller's affair)."""
        return ClassTable(item for item in self if item.id != class_id)

    def colour_table(self) -> NDArray[np.uint8]:
        """Red, green, blue of every id: (256, 3) uint8; ids without a class are black."""
        table = np.zeros((256, 3), np.uint8)
        for item in self._classes:
            table[item.id] = item.colour
        return table

    def _with(self, changed: LabelClass) -> ClassTable:
        return ClassTable(changed if item.id == changed.id else item for item in self)


def distinct_colour(used: Sequence[Colour]) -> Colour:
    """A colour far from the used ones: from a picked list first, then around the hue circle."""
    for colour in _COLOURS:
        if colour not in used:
            return colour
    candidates = np.array([_hue_colour(index) for index in range(len(used), len(used) + 64)])
    gaps = candidates[:, None] - np.array(used)[None]
    nearest = (gaps**2).sum(axis=2).min(axis=1)
    red, green, blue = candidates[int(nearest.argmax())].tolist()
    return red, green, blue


def _hue_colour(index: int) -> Colour:
    golden_angle = 0.61803398875
    value = (0.95, 0.7, 0.5)[index % 3]
    red, green, blue = colorsys.hsv_to_rgb((index * golden_angle) % 1.0, 0.75, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _check(classes: Sequence[LabelClass]) -> None:
    names = Counter(item.name for item in classes)
    if len({item.id for item in classes}) < len(classes):
        raise ClassError("Two classes have the same number.")
    for item in classes:
        if not 0 <= item.id <= MAX_CLASS_ID:
            raise ClassError(f"Class number {item.id} is not in 0 to {MAX_CLASS_ID}.")
        if not item.name.strip():
            raise ClassError("A class needs a name.")
        if names[item.name] > 1:
            raise ClassError(f"There is already a class named {item.name}: choose another name.")
        if any(not 0 <= channel <= 255 for channel in item.colour) or len(item.colour) != 3:
            raise ClassError(f"The colour of {item.name} is not red, green, blue in 0 to 255.")


DEFAULT = ClassTable(
    (LabelClass(0, "background", _COLOURS[0]), LabelClass(1, "object", _COLOURS[1]))
)
"""What a new project starts with."""
