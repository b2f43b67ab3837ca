"""Which class of the project each class of the source becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from app.document.classes import DEFAULT, MAX_CLASS_ID, UNLABELLED, ClassTable, Colour
from app.document.errors import ClassError, LabelImportError
from app.document.importing.frame import Ids, SourceClass, SourceClasses, is_background
from app.document.project import Project


@dataclass(frozen=True)
class NewClass:
    """A class to be added; `wanted` is its id if that is free."""

    name: str
    colour: Colour | None = None
    wanted: int | None = None


Target = int | NewClass | None
"""The id of a class of the project, a class to be added, or None: these pixels are left out."""


class ClassMapping:
    """The choices of a person, and proposals for all other classes: by name, then by number.

    In a project that was never touched, the classes it began with give way to those of the source.
    """

    def __init__(
        self, project: Project, classes: SourceClasses, chosen: Mapping[int, Target] | None = None
    ) -> None:
        self._classes = classes
        self._chosen = dict(chosen or {})
        self._table = project.classes
        self._project = project
        self._spare: set[int] | None = None
        self._planned: dict[int, int] = {}
        self._new: dict[int, NewClass] = {}

    def target(self, number: int) -> Target:
        """What becomes of a class of the source. Raises `LabelImportError` for a stray colour."""
        if number in self._chosen:
            return self._chosen[number]
        return proposal(self._table, self._classes.get(number))

    def lookup(self) -> Ids:
        """The id in the project of every number of the source: (256,) uint8, 255 = left out.

        Stray colours without a choice are 255 here.
        """
        table = np.full(256, UNLABELLED, np.uint8)
        for number in sorted({*(item.number for item in self._classes), *self._chosen}):
            try:
                table[number] = self.id_of(number)
            except LabelImportError:
                continue
        return table

    def mapped(self, numbers: Ids) -> Ids:
        """The (H, W) numbers of a mask as ids of the project. Raises `LabelImportError`."""
        self._plan()
        table = np.full(256, UNLABELLED, np.uint8)
        for number in np.unique(numbers).tolist():
            table[number] = self.id_of(number)
        return np.asarray(table[numbers])

    def id_of(self, number: int) -> int:
        """The id in the project of a number of the source; 255: left out."""
        is_nothing = number == UNLABELLED and not self._classes.get(number).is_foreground
        if is_nothing and number not in self._chosen:
            return UNLABELLED
        if number not in self._planned:
            target = self.target(number)
            if isinstance(target, NewClass):
                self._planned[number] = self._id_for(target)
            else:
                self._planned[number] = UNLABELLED if target is None else target
        return self._planned[number]

    def new_class(self, class_id: int) -> NewClass | None:
        """What would be added under this id, or None."""
        return self._new.get(class_id)

    def completed(self, table: ClassTable, ids: Iterable[int]) -> ClassTable:
        """The table with those of these ids that it lacks."""
        for class_id in ids:
            new = self._new.get(class_id)
            if new is not None and class_id in self._spared() and table.has(class_id):
                table = table.without(class_id)
                self._spared().discard(class_id)
            if class_id == UNLABELLED or table.has(class_id):
                continue
            name, colour = (new.name, new.colour) if new else (f"class {class_id}", None)
            try:
                table = table.with_added(name, colour, class_id=class_id)
            except ClassError:
                # The name is taken or blank; the number is what the masks are about.
                table = table.with_added(f"class {class_id}", None, class_id=class_id)
        return table

    def _plan(self) -> None:
        """Deal out the ids in the order of the source, whatever comes first in its masks."""
        for item in self._classes:
            if not item.is_stray or item.number in self._chosen:
                self.id_of(item.number)

    def _spared(self) -> set[int]:
        """Found out late: the finder has to name the classes first."""
        if self._spare is None:
            targets = {target for target in self._chosen.values() if isinstance(target, int)}
            self._spare = _spare(self._project, self._classes) - targets
        return self._spare

    def _id_for(self, new: NewClass) -> int:
        for class_id, known in self._new.items():
            if known.name == new.name:
                return class_id
        named = _by_name(self._table, new.name)
        if named is not None:
            return named
        candidates = [] if new.wanted is None else [new.wanted]
        candidates += range(0 if is_background(new.name) else 1, MAX_CLASS_ID + 1)
        for class_id in (*candidates, 0):
            is_kept = self._table.has(class_id) and class_id not in self._spared()
            if not is_kept and class_id not in self._new and 0 <= class_id <= MAX_CLASS_ID:
                self._new[class_id] = new
                return class_id
        raise LabelImportError(f"A project holds at most {MAX_CLASS_ID + 1} classes.")


def proposal(table: ClassTable, item: SourceClass) -> Target:
    """What a class of the source most likely is. Raises `LabelImportError` for a stray colour."""
    if item.is_foreground:
        objects = [known for known in table if known.id and not is_background(known.name)]
        return objects[0].id if objects else NewClass(str(item.name), None, item.wanted)
    if item.number == UNLABELLED:
        return None
    if item.is_stray:
        raise LabelImportError(
            f"The colour {item.colour} belongs to no class: say what it is, or leave it out."
        )
    if item.name is None:
        if table.has(item.number):
            return item.number
        return NewClass(f"class {item.number}", None, item.number)
    named = _by_name(table, item.name)
    return NewClass(item.name, item.colour, item.wanted) if named is None else named


def _by_name(table: ClassTable, name: str) -> int | None:
    exact = table.by_name(name)
    if exact is not None:
        return exact.id
    if is_background(name) and table.has(0) and is_background(table.by_id(0).name):
        return 0
    like = [item.id for item in table if item.name.casefold() == name.strip().casefold()]
    return like[0] if len(like) == 1 else None


def _spare(project: Project, classes: SourceClasses) -> set[int]:
    """Ids that a project began with and nobody used, so that the source's classes may have them."""
    if project.classes != DEFAULT or project.labelled_images():
        return set()
    named = {_by_name(DEFAULT, item.name) for item in classes if item.name is not None}
    unnamed = {item.number for item in classes if item.name is None}
    wants_zero = any(item.wanted == 0 for item in classes if item.name is not None)
    spare = {item.id for item in DEFAULT} - named - unnamed
    return spare if wants_zero else spare - {0}
