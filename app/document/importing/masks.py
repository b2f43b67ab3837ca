"""Imports of mask pictures: class numbers in any file, colours by a table, Cityscapes' names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from app.document.classes import UNLABELLED, Colour
from app.document.errors import LabelImportError
from app.document.export.masks import VOID_COLOUR
from app.document.image_files import find_images
from app.document.importing.frame import ClassPlan, Found, Ids, Matcher
from app.document.mask_files import read_mask, read_values
from app.document.project import Project

_CITYSCAPES = "_gtFine_labelIds"


def find_ids(project: Project, folder: Path, plan: ClassPlan) -> Iterator[Found]:
    """Grey, palette, 16-bit and TIFF files of class numbers, named as the images."""
    for class_id, (name, colour) in class_names(folder).items():
        plan.name(class_id, name, colour)
    matcher = Matcher(project)
    for name in find_images(folder):
        stem = str(PurePosixPath(name).with_suffix(""))
        yield from matcher.found(name, stem, lambda path=folder / name: read_mask(path))  # type: ignore[misc]


def find_cityscapes(project: Project, folder: Path, plan: ClassPlan) -> Iterator[Found]:
    """`…/<city>/<name>_gtFine_labelIds.png`."""
    for class_id, (name, colour) in class_names(folder).items():
        plan.name(class_id, name, colour)
    matcher = Matcher(project)
    for name in find_images(folder):
        path = PurePosixPath(name)
        if not path.stem.endswith(_CITYSCAPES):
            continue
        stem = f"{path.parent.name}/{path.stem.removesuffix(_CITYSCAPES)}"
        yield from matcher.found(name, stem, lambda path=folder / name: read_mask(path))  # type: ignore[misc]


def find_colours(project: Project, folder: Path, plan: ClassPlan) -> Iterator[Found]:
    """RGB pictures. The colours are those of CVAT's `labelmap.txt`, `classes.json`, or the project.

    Other colours than the table's (and black, and VOC's void) are a problem of that picture.
    """
    table = colour_table(project, folder, plan)
    matcher = Matcher(project)
    for name in find_images(folder):
        stem = str(PurePosixPath(name).with_suffix(""))
        path = folder / name
        yield from matcher.found(name, stem, lambda path=path: _by_colour(path, table))  # type: ignore[misc]


def colour_table(project: Project, folder: Path, plan: ClassPlan) -> dict[Colour, int]:
    """The class id of each colour."""
    table = {VOID_COLOUR: UNLABELLED}
    labelmap = _labelmap(folder)
    if labelmap:
        for name, colour in labelmap.items():
            is_void = name.lower() in ("unlabelled", "unlabeled", "void", "ignore")
            table[colour] = UNLABELLED if is_void else plan.id_of(name, colour=colour)
        return table
    for class_id, (name, known) in class_names(folder).items():
        plan.name(class_id, name, known)
        if known is not None:
            table[known] = class_id
    if len(table) == 1:
        table |= {item.colour: item.id for item in project.classes}
    return table


def class_names(folder: Path) -> Mapping[int, tuple[str, Colour | None]]:
    """Names and colours by id from a `classes.json`, as `export` writes it; {} when unusable."""
    try:
        content: Any = json.loads((folder / "classes.json").read_text("utf-8"))
        return {
            int(entry["id"]): (str(entry["name"]), _colour(entry.get("colour")))
            for entry in content["classes"]
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _labelmap(folder: Path) -> dict[str, Colour]:
    """CVAT's `name:R,G,B:parts:actions` lines; {} when there is no such file."""
    found: dict[str, Colour] = {}
    try:
        lines = (folder / "labelmap.txt").read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return found
    for line in lines:
        name, *rest = line.rsplit(":", 3)
        numbers = rest[0].split(",") if len(rest) == 3 and not line.startswith("#") else []
        if len(numbers) == 3 and all(number.strip().isdecimal() for number in numbers):
            colour = _colour([int(number) for number in numbers])
            if colour is not None:
                found[name] = colour
    return found


def _by_colour(path: Path, table: Mapping[Colour, int]) -> Ids:
    values = read_values(path)
    if values.ndim != 3 or values.dtype != np.uint8:
        raise LabelImportError(f"{path.name} is not a colour picture.")
    packed = values[:, :, :3].astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    colours, inverse = np.unique(packed, return_inverse=True)
    ids = np.full(len(colours), UNLABELLED, np.uint8)
    for index, colour in enumerate(colours.tolist()):
        rgb = (colour >> 16, colour >> 8 & 255, colour & 255)
        if rgb not in table and rgb != (0, 0, 0):
            raise LabelImportError(f"{path.name} holds the colour {rgb}, which no class has.")
        ids[index] = table.get(rgb, UNLABELLED)
    return ids[inverse].reshape(packed.shape)


def _colour(value: object) -> Colour | None:
    if not isinstance(value, list) or len(value) != 3:
        return None
    if not all(isinstance(channel, int) and 0 <= channel <= 255 for channel in value):
        return None
    red, green, blue = value
    return (red, green, blue)
