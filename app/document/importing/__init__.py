"""Labels from elsewhere: `LabelImport` reads one of `IMPORTERS` into the images of that name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from app.document.classes import UNLABELLED
from app.document.importing.detection import detect
from app.document.importing.frame import SourceClass
from app.document.importing.label_import import (
    EDIT_NAME,
    IMPORTERS,
    TITLES,
    TWO_VALUED,
    Choices,
    Effect,
    ImportResult,
    LabelImport,
    Surveyed,
    effect,
    merged,
)
from app.document.importing.mapping import ClassMapping, NewClass, Target, proposal
from app.document.project import Project

__all__ = [
    "EDIT_NAME",
    "IMPORTERS",
    "TITLES",
    "TWO_VALUED",
    "Choices",
    "ClassMapping",
    "Effect",
    "ImportResult",
    "LabelImport",
    "NewClass",
    "SourceClass",
    "Surveyed",
    "Target",
    "detect",
    "effect",
    "import_labels",
    "merged",
    "proposal",
]


def import_labels(
    project: Project,
    folder: Path,
    *,
    format_name: str = "ids",
    mapping: Mapping[int, int] | None = None,
    is_dry_run: bool = False,
) -> Iterator[ImportResult]:
    """Take the masks of a folder as the person's labels in one go; yields one result each.

    `mapping` turns the source's numbers into ids of the project (255: leave out); other classes
    are matched by name, then by number, and added when missing. A mask of another size is left
    out. Any one thread. Raises `LabelImportError` when the folder or format is unknown.
    """
    label_import = LabelImport(project, folder, format_name)
    targets = {n: None if to == UNLABELLED else to for n, to in (mapping or {}).items()}
    choices = Choices(targets)
    if not is_dry_run:
        yield from label_import.run(choices)
        return
    for surveyed in label_import.survey():
        if surveyed.image_id is None and surveyed.problem is None:
            continue
        pixels = effect(surveyed, label_import.mapping(choices).lookup(), choices).changed
        problem = surveyed.problem
        if problem is None and surveyed.has_other_size:
            problem = f"{surveyed.name} has another size than its image."
        yield ImportResult(surveyed.name, surveyed.image_id, pixels, problem)
