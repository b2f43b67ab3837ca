"""The export doctor: read every exported file again as other programs do, and compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED, ClassTable
from app.document.export import FORMATS, ExportedImage
from app.document.export.frame import Kind, Picture, Pixels, path_for
from app.document.export.masks import VOID_COLOUR, export_palette
from app.document.export.readers import OPENCV, PILLOW, Reader
from app.document.export.record import ExportRecord
from app.document.export.reparsing import REPARSED, Look
from app.document.export.strangers import strangers
from app.document.export.tables import TABLES


def examine(
    record: ExportRecord, folder: Path, *, readers: Sequence[Reader] = (PILLOW, OPENCV)
) -> Iterator[ExportedImage]:
    """Compare the files of an export in `folder` with what was exported; yields one an image.

    First come problems of the export as a whole, by the name of the file. What a reader sees
    otherwise is a problem in a sentence. Any one thread.
    """
    for name, sentence in _of_the_whole(record, folder):
        yield ExportedImage(name, sentence)
    parse = REPARSED.get(record.format_name)
    look = None if parse is None else parse(record, folder)
    for picture in record.pictures:
        labels = record.labels(picture)
        problem = (
            _ids_problem(picture, labels, record.classes)
            or _masks_problem(record, folder, picture, labels, readers)
            or _images_problem(record, folder, picture, labels, readers)
            or _parsed_problem(look, picture, labels)
        )
        yield ExportedImage(picture.name, problem)


def _of_the_whole(record: ExportRecord, folder: Path) -> Iterator[tuple[str, str]]:
    chosen = FORMATS[record.format_name]
    if any(mask.kind is Kind.COLOURS for mask in chosen.masks):
        yield from _like_colours(record.classes)
    for name, check in TABLES.get(record.format_name, ()):
        try:
            problem = check(record, folder)
        except FileNotFoundError:
            problem = f"{name} was not written."
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
            problem = f"{name} cannot be read ({error})."
        if problem is not None:
            yield name, problem
    yield from strangers(chosen, record.pictures, folder)


def _like_colours(classes: ClassTable) -> Iterator[tuple[str, str]]:
    """Coloured masks cannot tell classes of one colour apart."""
    names = {VOID_COLOUR: "unlabelled pixels"}
    for item in classes:
        if item.colour in names:
            other = names[item.colour]
            yield item.name, f"{item.name} has the same colour as {other}: give it another."
        names[item.colour] = item.name


def _ids_problem(picture: Picture, labels: Pixels, classes: ClassTable) -> str | None:
    """What no table lists is no class for other programs."""
    for class_id in np.flatnonzero(np.bincount(labels.ravel(), minlength=256)).tolist():
        if class_id != UNLABELLED and not classes.has(class_id):
            return f"{picture.name} holds the class number {class_id}, which no class has."
    return None


def _masks_problem(
    record: ExportRecord,
    folder: Path,
    picture: Picture,
    labels: Pixels,
    readers: Sequence[Reader],
) -> str | None:
    for mask in FORMATS[record.format_name].masks:
        path = folder / path_for(mask.path, picture)
        if not path.is_file():
            return f"{path.name} was not written."
        for reader in readers:
            problem = _mask_problem(path, reader, labels, mask.kind, record.classes)
            if problem is not None:
                return problem
    return None


def _mask_problem(
    path: Path, reader: Reader, labels: Pixels, kind: Kind, classes: ClassTable
) -> str | None:
    found = reader.read(path)
    if found is None:
        return f"{path.name} cannot be read by {reader.name}."
    if found.shape[:2] != labels.shape:
        height, width = found.shape[:2]
        return f"{path.name} is {width} x {height} for {reader.name}, not as its image."
    expected = _expected(labels, kind, found.ndim, classes)
    if found.shape != expected.shape or not np.array_equal(found, expected):
        return f"{path.name} has other values for {reader.name} than in the project."
    return None


def _expected(
    labels: Pixels, kind: Kind, dimensions: int, classes: ClassTable
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """What a reader must see: some turn palettes into colours, others give the indices."""
    if kind is Kind.COLOURS or (kind is Kind.PALETTE and dimensions == 3):
        return export_palette(classes)[labels]
    if kind is Kind.WIDE_IDS:
        wide = labels.astype(np.uint16)
        wide[labels == UNLABELLED] = 65535
        return wide
    return labels


def _images_problem(
    record: ExportRecord,
    folder: Path,
    picture: Picture,
    labels: Pixels,
    readers: Sequence[Reader],
) -> str | None:
    """An image that travels along must fit its mask also for readers that ignore EXIF."""
    for pattern in FORMATS[record.format_name].image_patterns(record.options):
        path = folder / path_for(pattern, picture)
        if not path.is_file():
            return f"{path.name} was not written."
        seen = {size: reader.name for reader in readers for size in reader.sizes(path)}
        if not seen:
            return f"{path.name} cannot be read."
        for (width, height), reader_name in seen.items():
            if (height, width) != labels.shape:
                return (
                    f"{path.name} is {width} x {height} for {reader_name}: its mask does not fit."
                )
    return None


def _parsed_problem(look: Look | None, picture: Picture, labels: Pixels) -> str | None:
    if look is None:
        return None
    try:
        return look(picture, labels)
    except FileNotFoundError as error:
        return f"{Path(str(error.filename)).name} was not written."
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        return f"What was written for {picture.name} cannot be read again ({error})."
