"""One import: look through the source, choose what its classes become, then take the labels."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from app.document.classes import UNLABELLED
from app.document.edit import EditRecorder
from app.document.errors import DocumentError, LabelImportError
from app.document.images import image_size
from app.document.importing import arrays, masks, objects
from app.document.importing.frame import (
    Found,
    FoundMask,
    Ids,
    Importer,
    Problem,
    SourceClasses,
    Stranger,
)
from app.document.importing.mapping import ClassMapping, Target
from app.document.project import Project

EDIT_NAME = "Import labels"

TWO_VALUED = (
    "The masks hold only 0 and 255: 255 is taken for an object, not for pixels of no class."
)

IMPORTERS: dict[str, Importer] = {
    "ids": masks.find_ids,
    "colours": masks.find_colours,
    "cityscapes": masks.find_cityscapes,
    "coco": objects.find_coco,
    "yolo": objects.find_yolo,
    "labelme": objects.find_labelme,
    "npz": arrays.find_arrays,
}
"""`ids` also reads palette (VOC), 16-bit and TIFF masks; `colours` also reads CVAT's."""

TITLES = {
    "ids": "Class numbers: grey, palette (VOC), 16-bit or TIFF pictures",
    "colours": "RGB colours by a table (CVAT segmentation mask, CamVid)",
    "cityscapes": "Cityscapes ids",
    "coco": "COCO JSON: polygons and RLE",
    "yolo": "YOLO segmentation",
    "labelme": "labelme JSON",
    "npz": "NumPy archives",
}


@dataclass(frozen=True)
class ImportResult:
    """What became of one mask. `pixels` changed; `problem` is a sentence when it was left out."""

    name: str
    image_id: int | None = None
    pixels: int = 0
    problem: str | None = None


@dataclass(frozen=True)
class Choices:
    """What a person decided. `classes` are targets by the source's numbers; others are proposed.

    `resizes`: masks of another size are fitted by nearest neighbour. `keeps_labels`: only pixels
    that nobody labelled are filled.
    """

    classes: Mapping[int, Target] = field(default_factory=dict)
    resizes: bool = False
    keeps_labels: bool = False


@dataclass(frozen=True)
class Surveyed:
    """One file of the source, looked at. `image_id` is None for a file of no image.

    `pairs` are (number in the source, label now, pixels). `mask_size` and `image_size` are
    (width, height); `pairs` of a mask of another size are those after resizing.
    """

    name: str
    image_id: int | None = None
    mask_size: tuple[int, int] = (0, 0)
    image_size: tuple[int, int] = (0, 0)
    pairs: tuple[tuple[int, int, int], ...] = ()
    problem: str | None = None

    @property
    def has_other_size(self) -> bool:
        """Whether the mask is taken only when it may be resized."""
        return self.mask_size != self.image_size


@dataclass(frozen=True)
class Effect:
    """What an import would change in one image: pixels in all, and those over existing labels."""

    changed: int
    replaced: int


class LabelImport:
    """An import from a folder or file into a project. Any one thread at a time.

    Raises `LabelImportError` when the source or the format is unknown.
    """

    def __init__(self, project: Project, source: Path, format_name: str) -> None:
        if format_name not in IMPORTERS:
            known = ", ".join(IMPORTERS)
            raise LabelImportError(f"“{format_name}” is no import format: use {known}.")
        if not source.exists() or (source.is_file() and source.suffix.lower() != ".json"):
            raise LabelImportError(f"{source} is not a folder of masks.")
        self.source = source
        self.format_name = format_name
        self.classes = SourceClasses()
        self._project = project
        self._is_surveyed = False

    def mapping(self, choices: Choices) -> ClassMapping:
        """What the classes become under these choices."""
        return ClassMapping(self._project, self.classes, choices.classes)

    def survey(self) -> Iterator[Surveyed]:
        """Read everything and change nothing; yields one for each file."""
        labelled = set(self._project.labelled_images())
        for found in self._found():
            if isinstance(found, Stranger):
                yield Surveyed(found.name)
            elif isinstance(found, Problem):
                yield Surveyed(found.name, problem=found.sentence)
            else:
                yield self._looked_at(found, found.item.id in labelled)
        self._is_surveyed = True

    def run(self, choices: Choices) -> Iterator[ImportResult]:
        """Take the labels, one undoable edit an image; yields one for each that was found.

        Without a `survey` before, masks of 0 and 255 are read twice.
        """
        self._look_for_other_numbers()
        mapping = self.mapping(choices)
        for found in self._found():
            if isinstance(found, Problem):
                yield ImportResult(found.name, problem=found.sentence)
            elif isinstance(found, FoundMask):
                try:
                    pixels = self._take(found, mapping, choices)
                except DocumentError as error:
                    yield ImportResult(found.name, found.item.id, problem=str(error))
                else:
                    yield ImportResult(found.name, found.item.id, pixels)

    def _found(self) -> Iterator[Found]:
        """What the finder gives; a second file for one image is a problem."""
        first: dict[int, str] = {}
        for found in IMPORTERS[self.format_name](self._project, self.source, self.classes):
            if isinstance(found, FoundMask) and found.item.id in first:
                other = first[found.item.id]
                sentence = f"{found.name} is left out: {other} is for the same image."
                yield Problem(found.name, sentence)
                continue
            if isinstance(found, FoundMask):
                first[found.item.id] = found.name
            yield found

    def _look_for_other_numbers(self) -> None:
        """What 255 means depends on all masks: read them until one tells."""
        for found in self._found() if not self._is_surveyed else ():
            if not self.classes.may_be_two_valued:
                return
            if isinstance(found, FoundMask):
                with contextlib.suppress(DocumentError):
                    found.read()

    def _looked_at(self, found: FoundMask, has_labels: bool) -> Surveyed:
        try:
            numbers = found.read()
            width, height = image_size(self._project.image_path(found.item.id))
        except DocumentError as error:
            return Surveyed(found.name, found.item.id, problem=str(error))
        labels = np.full((height, width), UNLABELLED, np.uint8)
        if has_labels:
            labels = self._project.load_layers(found.item.id, (height, width))[0].labels
        return Surveyed(
            found.name,
            found.item.id,
            (numbers.shape[1], numbers.shape[0]),
            (width, height),
            _pairs(fitted(numbers, (height, width)), labels),
        )

    def _take(self, found: FoundMask, mapping: ClassMapping, choices: Choices) -> int:
        project, item = self._project, found.item
        numbers = found.read()
        width, height = image_size(project.image_path(item.id))
        if numbers.shape != (height, width):
            if not choices.resizes:
                raise LabelImportError(_size_problem(found, numbers.shape, (height, width)))
            numbers = fitted(numbers, (height, width))
        ids = mapping.mapped(numbers)
        labels = project.load_layers(item.id, (height, width))[0].labels
        is_taken = ids != UNLABELLED
        if choices.keeps_labels:
            is_taken &= labels == UNLABELLED
        wanted = np.where(is_taken, ids, labels)
        pixels = int(np.count_nonzero(wanted != labels))
        if not pixels:
            return 0
        table = mapping.completed(project.classes, np.unique(wanted).tolist())
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


def effect(surveyed: Surveyed, lookup: Ids, choices: Choices) -> Effect:
    """What would change in an image; `lookup` is that of `ClassMapping`."""
    if surveyed.problem or (surveyed.has_other_size and not choices.resizes):
        return Effect(0, 0)
    changed = replaced = 0
    for number, label, pixels in surveyed.pairs:
        new = int(lookup[number])
        if new in (UNLABELLED, label) or (choices.keeps_labels and label != UNLABELLED):
            continue
        changed += pixels
        replaced += pixels if label != UNLABELLED else 0
    return Effect(changed, replaced)


def merged(surveyed: Iterable[Surveyed]) -> tuple[Surveyed, ...]:
    """All usable masks as two: those that fit their image, and those of another size.

    So `effect` tells what would change in all of them, as fast as in one.
    """
    counts: tuple[dict[tuple[int, int], int], ...] = ({}, {})
    for one in surveyed:
        if one.problem is None and one.image_id is not None:
            for number, label, pixels in one.pairs:
                count = counts[one.has_other_size]
                count[number, label] = count.get((number, label), 0) + pixels
    sizes = ((0, 0), (1, 1))
    return tuple(
        Surveyed("", None, size, (0, 0), tuple((*key, pixels) for key, pixels in count.items()))
        for size, count in zip(sizes, counts, strict=True)
    )


def fitted(numbers: Ids, size: tuple[int, int]) -> Ids:
    """Resized to (H, W) = `size` by nearest neighbour; the same array when it fits."""
    if numbers.shape == size:
        return numbers
    resized = cv2.resize(numbers, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(resized, np.uint8)


def _size_problem(found: FoundMask, shape: tuple[int, ...], size: tuple[int, int]) -> str:
    return (
        f"{found.name} is {shape[1]} x {shape[0]}, but {found.item.name} is {size[1]} x {size[0]}: "
        "export the masks in the size of the images, or let them be resized."
    )


def _pairs(numbers: Ids, labels: Ids) -> tuple[tuple[int, int, int], ...]:
    both = numbers.astype(np.uint16).ravel() * np.uint16(256) + labels.ravel()
    counts = np.bincount(both, minlength=65536)
    return tuple(
        (int(key) >> 8, int(key) & 255, int(counts[key])) for key in np.flatnonzero(counts)
    )
