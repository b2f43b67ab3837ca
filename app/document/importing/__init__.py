"""Labels from elsewhere: `import_labels` reads one of `IMPORTERS` into the images of that name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from app.document.errors import DocumentError, LabelImportError
from app.document.importing import masks, objects
from app.document.importing.frame import (
    EDIT_NAME,
    ClassPlan,
    Ids,
    Importer,
    ImportResult,
    Problem,
    take_labels,
)
from app.document.project import Project

__all__ = ["EDIT_NAME", "IMPORTERS", "ImportResult", "import_labels"]

IMPORTERS: dict[str, Importer] = {
    "ids": masks.find_ids,
    "colours": masks.find_colours,
    "cityscapes": masks.find_cityscapes,
    "coco": objects.find_coco,
    "yolo": objects.find_yolo,
    "labelme": objects.find_labelme,
}
"""`ids` also reads palette (VOC), 16-bit and TIFF masks; `colours` also reads CVAT's."""


def import_labels(
    project: Project,
    folder: Path,
    *,
    format_name: str = "ids",
    mapping: Mapping[int, int] | None = None,
    is_dry_run: bool = False,
) -> Iterator[ImportResult]:
    """Take the masks of a folder as the person's labels, matched by name; yields one result each.

    Only labelled pixels are taken: where a mask says 255, labels stay. Missing classes are added.
    `mapping` turns the masks' ids into the project's (to 255: leave out). A mask of another size is
    never resized. Any one thread. Raises `LabelImportError` when the folder or format is unknown.
    """
    if format_name not in IMPORTERS:
        known = ", ".join(IMPORTERS)
        raise LabelImportError(f"“{format_name}” is no import format: use {known}.")
    if not folder.exists() or (folder.is_file() and folder.suffix.lower() != ".json"):
        raise LabelImportError(f"{folder} is not a folder of masks.")
    plan = ClassPlan(project.classes)
    for found in IMPORTERS[format_name](project, folder, plan):
        if isinstance(found, Problem):
            yield ImportResult(found.name, problem=found.sentence)
            continue
        try:
            ids = _mapped(found.read(), mapping)
            pixels = take_labels(project, found.item, ids, plan, found.name, is_dry_run=is_dry_run)
        except DocumentError as error:
            yield ImportResult(found.name, found.item.id, problem=str(error))
            continue
        yield ImportResult(found.name, found.item.id, pixels)


def _mapped(ids: Ids, mapping: Mapping[int, int] | None) -> Ids:
    if not mapping:
        return ids
    table = np.arange(256, dtype=np.uint8)
    for source, target in mapping.items():
        table[source] = target
    return table[ids]
