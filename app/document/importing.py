"""Labels from elsewhere: mask files become edits of the images that bear the same name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from app.document.classes import UNLABELLED, ClassTable
from app.document.edit import EditRecorder
from app.document.errors import ClassError, DocumentError, LabelImportError
from app.document.images import find_images, image_size
from app.document.mask_files import Ids, read_mask
from app.document.project import ImageItem, Project

EDIT_NAME = "Import labels"


@dataclass(frozen=True)
class ImportResult:
    """What became of one mask. `pixels` changed; `problem` is a sentence when it was left out."""

    name: str
    image_id: int | None = None
    pixels: int = 0
    problem: str | None = None


def import_labels(
    project: Project,
    folder: Path,
    *,
    mapping: Mapping[int, int] | None = None,
    is_dry_run: bool = False,
) -> Iterator[ImportResult]:
    """Take the id masks of a folder, matched by name without suffix; yields one result each.

    Only labelled pixels are taken: where a mask says 255, labels stay. Missing classes are added,
    with the names of a `classes.json` beside the masks. `mapping` turns the masks' ids into the
    project's (to 255: leave out). A mask of another size is never resized. Any one thread. Raises
    `LabelImportError` when there is no such folder.
    """
    if not folder.is_dir():
        raise LabelImportError(f"{folder} is not a folder.")
    names = class_names(folder)
    for name, item in matches(project, folder):
        if isinstance(item, str):
            yield ImportResult(name, problem=item)
            continue
        try:
            ids = _mapped(read_mask(folder / name), mapping)
            pixels = take_labels(project, item, ids, names, name, is_dry_run=is_dry_run)
        except DocumentError as error:
            yield ImportResult(name, item.id, problem=str(error))
            continue
        yield ImportResult(name, item.id, pixels)


def take_labels(
    project: Project,
    item: ImageItem,
    ids: Ids,
    names: Mapping[int, tuple[str, tuple[int, int, int] | None]],
    source: str,
    *,
    is_dry_run: bool = False,
) -> int:
    """Write (H, W) uint8 ids into the labels of an image, as one edit; returns changed pixels.

    Raises `LabelImportError` when the size differs, `ImageReadError`, `ClassError`.
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
    _add_classes(project, ids, names)
    recorder = EditRecorder(labels)
    recorder.touch(0, 0, width, height)
    labels[:] = wanted
    edit = recorder.commit(EDIT_NAME)
    assert edit is not None
    project.commit_edit(item.id, edit)
    project.checkpoint(item.id, labels)
    return pixels


def matches(project: Project, folder: Path) -> Iterator[tuple[str, ImageItem | str]]:
    """Each mask file with its image, or with a sentence when several images fit.

    `sub/a.png` fits `sub/a.jpg`; `sub/a.jpg.png` fits it even beside `sub/a.png`; in a folder
    without subfolders `a.png` fits `sub/a.jpg`. Masks that fit no image are passed over.
    """
    by_key: dict[str, list[ImageItem]] = {}
    for item in project.images.values():
        path = PurePosixPath(item.name)
        keys = {f"whole {path}", f"stem {path.with_suffix('')}", f"flat {path.stem}"}
        for key in keys | {f"flat whole {path.name}"}:
            by_key.setdefault(key.casefold(), []).append(item)
    for name in find_images(folder):
        stem = PurePosixPath(name).with_suffix("")
        tried = (f"whole {stem}", f"stem {stem}", f"flat whole {stem.name}", f"flat {stem.name}")
        found = next((by_key[key.casefold()] for key in tried if key.casefold() in by_key), [])
        if len(found) == 1:
            yield name, found[0]
        elif found:
            both = " and ".join(item.name for item in found[:2])
            whole = f"{PurePosixPath(found[0].name).name}.png"
            yield name, f"{name} fits {both}: name the mask {whole} to say which."


def class_names(folder: Path) -> dict[int, tuple[str, tuple[int, int, int] | None]]:
    """Names and colours by id from a `classes.json`, as `export` writes it; {} when unusable."""
    try:
        content: Any = json.loads((folder / "classes.json").read_text("utf-8"))
        return {
            int(entry["id"]): (str(entry["name"]), _colour(entry.get("colour")))
            for entry in content["classes"]
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _add_classes(
    project: Project, ids: Ids, names: Mapping[int, tuple[str, tuple[int, int, int] | None]]
) -> None:
    table = project.classes
    for class_id in np.unique(ids).tolist():
        if class_id == UNLABELLED or table.has(class_id):
            continue
        name, colour = names.get(class_id, (f"class {class_id}", None))
        table = _with_class(table, class_id, name, colour)
    if table != project.classes:
        project.set_classes(table)


def _with_class(
    table: ClassTable, class_id: int, name: str, colour: tuple[int, int, int] | None
) -> ClassTable:
    try:
        return table.with_added(name, colour, class_id=class_id)
    except ClassError:
        # The name is taken or blank; the number is what the masks are about.
        return table.with_added(f"class {class_id}", colour, class_id=class_id)


def _mapped(ids: Ids, mapping: Mapping[int, int] | None) -> Ids:
    if not mapping:
        return ids
    table = np.arange(256, dtype=np.uint8)
    for source, target in mapping.items():
        table[source] = target
    return table[ids]


def _colour(value: object) -> tuple[int, int, int] | None:
    if isinstance(value, list) and len(value) == 3 and all(isinstance(v, int) for v in value):
        red, green, blue = value
        return (red, green, blue)
    return None
