"""What the export doctor looks at in each format, and what it does not: said before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.document.export import FORMATS
from app.document.export.readers import OPENCV, PILLOW, Reader
from app.document.export.record import ExportRecord
from app.document.export.reparsing import has_pycocotools
from app.document.export.splits import unmet
from app.document.export.strangers import has_own_folders


@dataclass(frozen=True)
class Scope:
    """Sentences for the person."""

    checked: tuple[str, ...]
    unchecked: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What the doctor found. `problems` are sentences; without any the export is sound.

    `notes` are no problems of the files, but the person should know them.
    """

    folder: Path
    images: int
    problems: tuple[str, ...]
    scope: Scope
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The report in one line."""
        if self.problems:
            first = self.problems[0]
            return f"{len(self.problems)} problems in {self.folder}; the first: {first}"
        return f"{self.images} images were read again from {self.folder}: all is as exported."

    def lines(self) -> list[str]:
        """The whole report as text."""
        lines = [self.sentence] if not self.problems else list(self.problems)
        lines += [f"note: {sentence}" for sentence in self.notes]
        lines += [f"checked: {sentence}" for sentence in self.scope.checked]
        return lines + [f"not checked: {sentence}" for sentence in self.scope.unchecked]


def scope(record: ExportRecord, readers: Sequence[Reader] = (PILLOW, OPENCV)) -> Scope:
    """What `examine` checks in this export, and what it leaves unchecked."""
    name = record.format_name
    names = " and ".join((", ".join(reader.name for reader in readers[:-1]), readers[-1].name))
    checked, unchecked = [_CLASSES], list(_UNCHECKED.get(name, ()))
    if FORMATS[name].masks:
        checked.append(f"Size and every pixel of each mask, as {names} read it.")
    if FORMATS[name].image_patterns(record.options):
        checked.append(f"Size and orientation of each image that is there, as {names} read it.")
    checked += _CHECKED.get(name, ())
    if has_own_folders(FORMATS[name]):
        checked.append("No file in the folders of this export belongs to another image.")
    if name == "coco":
        drawn = "COCO's own tools (pycocotools)" if has_pycocotools() else "Maskloop's importer"
        checked.append(f"Every pixel and area of each annotation, as drawn by {drawn}.")
        if not has_pycocotools():
            unchecked.append("COCO's own tools: pycocotools is not installed.")
    if name == "labelme" and record.options.as_polygons:
        unchecked.append(_OWN_RULE.format(program="labelme"))
    return Scope(
        (*checked, *(f"Names of the classes in {f}." for f in _CLASS_FILES.get(name, ()))),
        tuple(unchecked),
    )


def notes(record: ExportRecord) -> tuple[str, ...]:
    """What the person should know of an export whose files are sound."""
    if "split" not in FORMATS[record.format_name].options:
        return ()
    sentence = unmet(record.pictures, record.options.split)
    return () if sentence is None else (sentence,)


_CLASSES = "Every number is that of a class."

_OWN_RULE = (
    "How {program} itself fills outlines: by a rule of its own, so that pixels at an edge may "
    "differ by one."
)

_CHECKED = {
    "voc-dataset": ("Every image is in exactly one list.",),
    "cvat": ("Every image is in exactly one list.", "No two classes have one colour."),
    "colours": ("No two classes have one colour.",),
    "huggingface": ("Every file that metadata.jsonl names is there.",),
    "yolo": ("Every pixel of each outline, as drawn by Maskloop's importer.",),
    "labelme": ("Every pixel of each shape, as drawn by Maskloop's importer.",),
    "npz": ("Every value of each array, as NumPy reads it.",),
    "tiff": ("The geographic tags of images that have them.",),
    "table": ("The sum of the areas of each class in each image.",),
}

_UNCHECKED = {
    "overlay": ("The pixels of the pictures: JPEG changes them a little.",),
    "huggingface": ("load.py is not run.",),
    "mmseg": ("dataset.py is parsed, not run.",),
    "yolo": (_OWN_RULE.format(program="YOLO"),),
    "table": ("Perimeter, centre, box, eccentricity and intensity are not measured again.",),
}

_CLASS_FILES = {
    **dict.fromkeys(
        ("ids", "ids16", "voc", "colours", "tiff", "npz", "table", "cityscapes", "voc-dataset"),
        ("classes.json",),
    ),
    "cvat": ("labelmap.txt",),
    "mmseg": ("dataset.py",),
    "huggingface": ("id2label.json",),
    "coco": ("the categories",),
    "yolo": ("data.yaml",),
    "labelme": ("labels.txt",),
}
