"""Merge or delete classes in every image of a project at once, and take that back at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.document.classes import UNLABELLED, ClassTable, LabelClass
from app.document.edit import edit_between, revert_edit
from app.document.errors import ClassError, DocumentError
from app.document.images import image_size
from app.document.project import Project

_SETTING = "last_reclass"


@dataclass(frozen=True)
class Reclassed:
    """One image: how many labelled pixels get another class. `problem` is a sentence."""

    name: str
    pixels: int
    problem: str | None = None


def reclass(
    project: Project, mapping: Mapping[int, int], name: str, *, is_dry_run: bool = False
) -> Iterator[Reclassed]:
    """Turn class ids into others (255: unlabelled) in all labels; yields after each labelled image.

    One ordinary edit called `name` for each image. When all is done the classes that were mapped
    away leave the table, and `undo_reclass` can take everything back. Predictions keep their
    numbers: let the model predict again. Any one thread, with no image being painted. Raises
    `ClassError` when a target is no class.
    """
    for target in mapping.values():
        if target != UNLABELLED and (target in mapping or not project.classes.has(target)):
            raise ClassError(f"Class number {target} cannot take the pixels of another class.")
    table = np.arange(256, dtype=np.uint8)
    for source, target in mapping.items():
        table[source] = target
    changed: dict[str, float] = {}
    for image_id in project.labelled_images():
        image_name = project.images[image_id].name
        try:
            width, height = image_size(project.image_path(image_id))
        except DocumentError as error:
            yield Reclassed(image_name, 0, str(error))
            continue
        labels = project.load_layers(image_id, (height, width))[0].labels
        edit = edit_between(labels, table[labels], name)
        pixels = int(np.count_nonzero(table[labels] != labels))
        if edit is not None and not is_dry_run:
            project.commit_edit(image_id, edit)
            project.checkpoint(image_id, table[labels])
            changed[str(image_id)] = edit.created
        yield Reclassed(image_name, pixels)
    if not is_dry_run:
        removed = [item for item in project.classes if item.id in mapping]
        project.set_setting(_SETTING, {"edits": changed, "classes": [_plain(c) for c in removed]})
        project.set_classes(ClassTable(c for c in project.classes if c.id not in mapping))


def can_undo_reclass(project: Project) -> bool:
    """Whether there is something to take back."""
    return bool(project.setting(_SETTING))


def undo_reclass(project: Project) -> Iterator[Reclassed]:
    """Take the last `reclass` back in every image, and bring its classes back.

    An image that was painted since is left as it is, with a sentence: undo there first.
    """
    last = project.setting(_SETTING)
    if not last:
        return
    table = project.classes
    for class_id, name, colour in last["classes"]:
        if not table.has(class_id):
            is_taken = table.by_name(name) is not None
            table = table.with_added(
                f"class {class_id}" if is_taken else name, tuple(colour), class_id=class_id
            )
    project.set_classes(table)
    for key, created in last["edits"].items():
        image_id = int(key)
        if image_id in project.images:
            yield _undone(project, image_id, created)
    project.set_setting(_SETTING, None)


def _undone(project: Project, image_id: int, created: float) -> Reclassed:
    name = project.images[image_id].name
    try:
        width, height = image_size(project.image_path(image_id))
    except DocumentError as error:
        return Reclassed(name, 0, str(error))
    layers, history = project.load_layers(image_id, (height, width))
    if history.undo_name is None:
        return Reclassed(name, 0)
    edit = history.undo()
    if edit.created != created:
        return Reclassed(name, 0, f"{name} was painted since: undo its later strokes first.")
    before = layers.labels.copy()
    revert_edit(layers.labels, edit)
    project.commit_undo(image_id, edit)
    project.checkpoint(image_id, layers.labels)
    return Reclassed(name, int(np.count_nonzero(before != layers.labels)))


def _plain(item: LabelClass) -> tuple[int, str, tuple[int, int, int]]:
    return item.id, item.name, item.colour
