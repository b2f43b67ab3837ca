"""Imports of mask pictures: class numbers in any file, colours by a table, Cityscapes' names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from app.document.classes import UNLABELLED, Colour
from app.document.errors import LabelImportError
from app.document.export.masks import VOID_COLOUR
from app.document.image_files import find_images
from app.document.importing.class_files import class_names, colour_names, is_void
from app.document.importing.frame import Found, Ids, Matcher, SourceClasses
from app.document.mask_files import read_mask, read_values, refuse_jpeg
from app.document.project import Project

CITYSCAPES_SUFFIX = "_gtFine_labelIds"

MASK_FOLDERS = ("SegmentationClass", "ann_dir", "gtFine", "masks")
"""Folders that hold the masks where data sets keep them beside their images."""

_NO_MASKS = {"JPEGImages", "img_dir", "leftImg8bit", "SegmentationObject"}

_CITYSCAPES = (
    *("unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic"),
    *("ground", "road", "sidewalk", "parking", "rail track", "building", "wall", "fence"),
    *("guard rail", "bridge", "tunnel", "pole", "polegroup", "traffic light", "traffic sign"),
    *("vegetation", "terrain", "sky", "person", "rider", "car", "truck", "bus", "caravan"),
    *("trailer", "train", "motorcycle", "bicycle"),
)
"""The names of Cityscapes' own label ids, 0 to 33."""


def find_ids(project: Project, folder: Path, classes: SourceClasses) -> Iterator[Found]:
    """Grey, palette, 16-bit and TIFF files of class numbers, named as the images."""
    for number, (name, colour) in class_names(folder).items():
        classes.declare(number, name, colour)
    yield from _pictures(project, folder, lambda path: partial(_noted, path, classes))


def find_cityscapes(project: Project, folder: Path, classes: SourceClasses) -> Iterator[Found]:
    """`…/<city>/<name>_gtFine_labelIds.png`; without a `classes.json` the ids are Cityscapes'."""
    names = class_names(folder) or {n: (name, None) for n, name in enumerate(_CITYSCAPES)}
    for number, (name, colour) in names.items():
        classes.declare(number, name, colour)
    matcher = Matcher(project)
    for name in find_images(folder):
        path = PurePosixPath(name)
        if not path.stem.endswith(CITYSCAPES_SUFFIX):
            continue
        stem = f"{path.parent.name}/{path.stem.removesuffix(CITYSCAPES_SUFFIX)}"
        read = partial(_noted, folder / name, classes)
        yield from matcher.found(name, stem, read)


def find_colours(project: Project, folder: Path, classes: SourceClasses) -> Iterator[Found]:
    """RGB pictures, by the table of colours beside them, or else in the project's colours.

    Black and VOC's void are unlabelled unless the table says otherwise; other colours are strays.
    """
    table = colour_table(project, folder, classes)
    yield from _pictures(project, folder, lambda path: partial(_by_colour, path, table, classes))


def colour_table(project: Project, folder: Path, classes: SourceClasses) -> dict[Colour, int]:
    """The number of each colour, 255 for what is unlabelled."""
    table: dict[Colour, int] = {VOID_COLOUR: UNLABELLED}
    named = colour_names(folder)
    for name, colour in named:
        is_nothing = is_void(name)
        table[colour] = UNLABELLED if is_nothing else classes.number_of(name, colour=colour)
    if named:
        return table
    known = class_names(folder) or {item.id: (item.name, item.colour) for item in project.classes}
    for number, (name, its_colour) in known.items():
        classes.declare(number, name, its_colour)
        if its_colour is not None:
            table[its_colour] = number
    return table


def mask_files(folder: Path) -> list[str]:
    """The pictures of a folder that may be masks: not those in folders for the images."""
    names = list(find_images(folder))
    inside = [name for name in names if set(PurePosixPath(name).parts[:-1]) & set(MASK_FOLDERS)]
    if inside:
        return inside
    return [name for name in names if not set(PurePosixPath(name).parts[:-1]) & _NO_MASKS]


def _pictures(
    project: Project, folder: Path, reader: Callable[[Path], Callable[[], Ids]]
) -> Iterator[Found]:
    matcher = Matcher(project)
    for name in mask_files(folder):
        stem = str(PurePosixPath(name).with_suffix(""))
        yield from matcher.found(name, stem, reader(folder / name))


def _noted(path: Path, classes: SourceClasses) -> Ids:
    ids = read_mask(path, known=classes.named)
    classes.note(ids)
    return ids


def _by_colour(path: Path, table: Mapping[Colour, int], classes: SourceClasses) -> Ids:
    values = read_values(path)
    if values.ndim != 3 or values.dtype != np.uint8:
        raise LabelImportError(f"{path.name} is not a colour picture.")
    refuse_jpeg(path)
    packed = values[:, :, :3].astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    colours, inverse = np.unique(packed, return_inverse=True)
    if len(colours) > 256:
        raise LabelImportError(
            f"{path.name} holds {len(colours)} colours, most of which no class has: it is no mask."
        )
    ids = np.full(len(colours), UNLABELLED, np.uint8)
    for index, colour in enumerate(colours.tolist()):
        rgb = (colour >> 16, colour >> 8 & 255, colour & 255)
        if rgb in table:
            ids[index] = table[rgb]
        elif rgb != (0, 0, 0):
            ids[index] = classes.stray(rgb)
    return np.asarray(ids[inverse].reshape(packed.shape))
