"""What all imports share: which image a file belongs to, new classes, and the one edit an image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED, ClassTable, Colour
from app.document.edit import EditRecorder
from app.document.errors import ClassError, LabelImportError
from app.document.images import image_size
from app.document.project import ImageItem, Project

EDIT_NAME = "Import labels"

Ids = NDArray[np.uint8]


@dataclass(frozen=True)
class ImportResult:
    """What became of one mask. `pixels` changed; `problem` is a sentence when it was left out."""

    name: str
    image_id: int | None = None
    pixels: int = 0
    problem: str | None = None


@dataclass(frozen=True)
class FoundMask:
    """Labels for one image. `read` gives (H, W) uint8 ids; raises `LabelImportError`."""

    name: str
    item: ImageItem
    read: Callable[[], Ids]


@dataclass(frozen=True)
class Problem:
    """Something that cannot be imported, in a sentence."""

    name: str
    sentence: str


Found = FoundMask | Problem
Importer = Callable[[Project, Path, "ClassPlan"], Iterator[Found]]
"""Looks through a folder (or a file) of one format."""


class ClassPlan:
    """Which id each imported class gets. Ids that the project lacks are added when they occur."""

    def __init__(self, table: ClassTable) -> None:
        self._table = table
        self._known: dict[int, tuple[str, Colour | None]] = {}

    def name(self, class_id: int, name: str, colour: Colour | None = None) -> None:
        """The name that this id gets should the project lack it."""
        self._known[class_id] = (name, colour)

    def id_of(self, name: str, wanted: int | None = None, colour: Colour | None = None) -> int:
        """The id of a class of this name: the project's, else `wanted` if free, else the next.

        Raises `ClassError` when there is no id left.
        """
        item = self._table.by_name(name)
        if item is not None:
            return item.id
        for class_id, (known, _) in self._known.items():
            if known == name:
                return class_id
        is_free = wanted is not None and 0 <= wanted <= 253 and not self._is_taken(wanted)
        class_id = wanted if is_free and wanted is not None else self._next_free()
        self._known[class_id] = (name, colour)
        return class_id

    def completed(self, table: ClassTable, ids: Ids) -> ClassTable:
        """The table with the classes that occur in `ids` and are not yet in it."""
        for class_id in np.unique(ids).tolist():
            if class_id == UNLABELLED or table.has(class_id):
                continue
            name, colour = self._known.get(class_id, (f"class {class_id}", None))
            try:
                table = table.with_added(name, colour, class_id=class_id)
            except ClassError:
                # The name is taken or blank; the number is what the masks are about.
                table = table.with_added(f"class {class_id}", None, class_id=class_id)
        return table

    def _is_taken(self, class_id: int) -> bool:
        return self._table.has(class_id) or class_id in self._known

    def _next_free(self) -> int:
        for class_id in range(254):
            if not self._is_taken(class_id):
                return class_id
        raise ClassError("A project holds at most 254 classes.")


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

        `sub/a` is the image `sub/a.jpg`; `sub/a.jpg` is it even beside `sub/a.png`; and without
        regard to folders when only one image has that name. None: no image fits.
        """
        leaf = PurePosixPath(stem).name
        for key in (f"1 {stem}", f"2 {stem}", f"3 {leaf}", f"4 {leaf}"):
            items = self._by_key.get(key.casefold(), [])
            if len(items) == 1:
                return items[0]
            if items:
                both = " and ".join(item.name for item in items[:2])
                whole = PurePosixPath(items[0].name).name
                return f"{stem} fits {both}: call it {whole} plus its own suffix to say which."
        return None

    def found(self, name: str, stem: str, read: Callable[[], Ids]) -> Iterator[Found]:
        """One mask, one problem, or nothing when no image fits."""
        item = self.find(stem)
        if isinstance(item, str):
            yield Problem(name, item)
        elif item is not None:
            yield FoundMask(name, item, read)


def take_labels(
    project: Project, item: ImageItem, ids: Ids, plan: ClassPlan, source: str, *, is_dry_run: bool
) -> int:
    """Write (H, W) uint8 ids into the labels of an image, as one edit; returns changed pixels.

    Where `ids` is 255 the labels stay. Raises `LabelImportError` when the size differs,
    `ImageReadError`, `ClassError`.
    """
    width, height = image_size(project.image_path(item.id))
    if ids.shape != (height, width):
        raise LabelImportError(
            f"{source} is {ids.shape[1]} x {ids.shape[0]}, but {item.name} is {width} x {height}: "
            "export the masks in the size of the images."
        )
    labels = project.load_layers(item.id, (height, width))[0].labels
    wanted = np.where(ids != UNLABELLED, ids, labels)
    pixels = int(np.count_nonzero(wanted != labels))
    if is_dry_run or not pixels:
        return pixels
    table = plan.completed(project.classes, ids)
    if table != project.classes:
        project.set_classes(table)
    recorder = EditRecorder(labels)
    recorder.touch(0, 0, width, height)
    labels[:] = wanted
    edit = recorder.commit(EDIT_NAME)
    if edit is not None:
        project.commit_edit(item.id, edit)
        project.checkpoint(item.id, labels)
    return pixels
