"""Masks for other programs: `export` writes a project in one of `FORMATS`, picture by picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.document.errors import DocumentError, ExportError, ExportExists
from app.document.export import datasets, geotiff, masks, objects
from app.document.export.frame import (
    ExportOptions,
    Format,
    Job,
    Picture,
    Pixels,
    Which,
    unique_stems,
)
from app.document.export.manifest import Manifest
from app.document.export.output import Output, remove_stale_staging
from app.document.export.record import ExportRecord
from app.document.export.refusals import refuse_existing, refuse_sources
from app.document.export.splits import dealt
from app.document.images import image_size, is_stored_upright
from app.document.project import ImageItem, ImageState, Project

__all__ = ["FORMATS", "ExportExists", "ExportOptions", "ExportedImage", "Which", "export"]

FORMATS: dict[str, Format] = {
    **masks.FORMATS,
    **objects.FORMATS,
    **datasets.FORMATS,
    **geotiff.FORMATS,
}


_NOTHING = {
    Which.ALL: "There is no image to export.",
    Which.LABELS_ONLY: "There is nothing to export: nothing is painted yet.",
    Which.REVIEWED: "There is nothing to export: no image is reviewed yet.",
}


@dataclass(frozen=True)
class ExportedImage:
    """One step of an export. `problem` is a sentence when this image was left out."""

    name: str
    problem: str | None = None


def export(
    project: Project,
    format_name: str,
    folder: Path,
    *,
    which: str = Which.ALL,
    overwrite: bool = False,
    options: ExportOptions | None = None,
    record: ExportRecord | None = None,
) -> Iterator[ExportedImage]:
    """Write the masks of a project; yields after each image. Any one thread.

    Nothing is seen in `folder` before all is written; stopping early leaves it as it was. Raises
    `ExportExists` before any work when files would be replaced, or removed as those of an earlier
    export of this format that this one does not write, and `overwrite` is False; and
    `ExportError` for an unknown format, when there is nothing to write, when an image or a file of
    the project would be replaced, when masks would be listed as images, or when the folder cannot
    be written. `record` keeps what was exported, for the doctor.
    """
    if format_name not in FORMATS:
        raise ExportError(f"“{format_name}” is no export format: use {', '.join(FORMATS)}.")
    chosen_format, options = FORMATS[format_name], options or ExportOptions()
    pictures, problems = pictures_of(project, Which(which))
    if not pictures and not problems:
        raise ExportError(_NOTHING[Which(which)])
    dealt_pictures = dealt(pictures, options.split)
    paths = chosen_format.paths(dealt_pictures, options)
    refuse_sources(project, folder, paths)
    if not overwrite:
        refuse_existing(folder, paths, Manifest.read(folder).stale(folder, format_name, paths))
    if record is not None:
        record.begin(format_name, options, project.classes)
    try:
        yield from _written(
            project, format_name, folder, dealt_pictures, Which(which), overwrite, options, record
        )
    except OSError as error:
        raise ExportError(f"{folder} cannot be written ({error.strerror or error}).") from error
    yield from problems


def _written(
    project: Project,
    format_name: str,
    folder: Path,
    pictures: list[Picture],
    which: Which,
    overwrite: bool,
    options: ExportOptions,
    record: ExportRecord | None,
) -> Iterator[ExportedImage]:
    folder.mkdir(parents=True, exist_ok=True)
    remove_stale_staging(folder)
    out = Output(folder, format_name)
    try:
        writer = FORMATS[format_name].make(Job(project.classes, pictures, out, options))
        for picture in pictures:
            try:
                labels = pixels_of(project, picture, which)
                writer.add(picture, labels)
            except DocumentError as error:
                yield ExportedImage(picture.name, str(error))
                continue
            if record is not None:
                record.keep(picture, labels)
            yield ExportedImage(picture.name)
        writer.finish()
        out.swap_in(overwrite=overwrite)
    finally:
        out.discard()


def pixels_of(project: Project, picture: Picture, which: Which) -> Pixels:
    """The (H, W) uint8 ids to export of a picture."""
    image_id = project.item_by_name(picture.name).id
    layers, _ = project.load_layers(image_id, (picture.height, picture.width))
    return layers.labels if which is Which.LABELS_ONLY else layers.composite()


def pictures_of(project: Project, which: Which) -> tuple[list[Picture], list[ExportedImage]]:
    """The chosen images that can be read, and a sentence for each that cannot."""
    labelled = set(project.labelled_images())
    items = [item for item in project.images.values() if _is_chosen(item, which, labelled)]
    stems = unique_stems([item.name for item in project.images.values()])
    pictures, problems = [], []
    for item in items:
        path = project.image_path(item.id)
        try:
            width, height = image_size(path)
            is_upright = is_stored_upright(path)
        except DocumentError as error:
            problems.append(ExportedImage(item.name, str(error)))
            continue
        pictures.append(
            Picture(item.name, stems[item.name], path, width, height, is_upright=is_upright)
        )
    return pictures, problems


def _is_chosen(item: ImageItem, which: Which, labelled: set[int]) -> bool:
    if which is Which.REVIEWED:
        return item.state is ImageState.REVIEWED
    return which is Which.ALL or item.id in labelled
