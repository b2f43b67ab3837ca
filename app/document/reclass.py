"""Change the classes of every image of a project at once, and take that back at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.document.classes import UNLABELLED, ClassTable, LabelClass
from app.document.edit import edit_between, revert_edit
from app.document.errors import ClassError, DocumentError
from app.document.facts import RECLASS_PLAN
from app.document.images import image_size
from app.document.project import Project


@dataclass(frozen=True)
class Reclassed:
    """One image: how many labelled pixels get another class. `problem` is a sentence."""

    name: str
    pixels: int
    problem: str | None = None


@dataclass(frozen=True)
class ClassCounts:
    """One labelled image: its pixels by class id. `problem` is a sentence."""

    name: str
    pixels: Mapping[int, int]
    problem: str | None = None


def count_classes(project: Project) -> Iterator[ClassCounts]:
    """Count the labelled pixels of every image; what any change would touch follows from this."""
    for image_id in project.labelled_images():
        name = project.images[image_id].name
        try:
            labels = _labels(project, image_id)
        except DocumentError as error:
            yield ClassCounts(name, {}, str(error))
            continue
        counts = np.bincount(labels.ravel(), minlength=256)
        yield ClassCounts(name, {int(i): int(counts[i]) for i in np.flatnonzero(counts)})


def reclass(
    project: Project,
    mapping: Mapping[int, int],
    name: str,
    *,
    classes: ClassTable | None = None,
    is_dry_run: bool = False,
) -> Iterator[Reclassed]:
    """Turn class ids into others (255: unlabelled) in all labels; yields after each labelled image.

    One ordinary edit called `name` for each image. When all is done the table becomes `classes`
    (without it: the classes that were mapped away leave), and `undo_reclass` can take everything
    back. What stops in between can be taken up by `finish_reclass`. Predictions keep their
    numbers: let the model predict again. Any one thread, with no image being painted. Raises
    `ClassError` when pixels would end in a class that is none.
    """
    after = classes or ClassTable(item for item in project.classes if item.id not in mapping)
    for class_id in {item.id for item in project.classes} | set(mapping):
        target = mapping.get(class_id, class_id)
        if target != UNLABELLED and not after.has(target):
            raise ClassError(f"Class number {target} cannot take the pixels of another class.")
    plan = {
        "created": time.time(),
        "name": name,
        "mapping": sorted(mapping.items()),
        "images": project.labelled_images(),
        "before": [_plain(item) for item in project.classes],
        "after": [_plain(item) for item in after],
        "is_done": False,
    }
    if is_dry_run:
        yield from _changed(project, plan, is_dry_run=True)
        return
    project.set_setting(RECLASS_PLAN, plan)
    yield from finish_reclass(project)


def can_undo_reclass(project: Project) -> bool:
    """Whether there is something to take back."""
    return bool(project.setting(RECLASS_PLAN))


def is_reclass_unfinished(project: Project) -> bool:
    """Whether a change was stopped, so that some images have it and others have not."""
    plan = project.setting(RECLASS_PLAN)
    return bool(plan) and not plan["is_done"]


def finish_reclass(project: Project) -> Iterator[Reclassed]:
    """Do what is left of a change that was stopped; nothing when there is none."""
    plan = project.setting(RECLASS_PLAN)
    if not plan or plan["is_done"]:
        return
    yield from _changed(project, plan, is_dry_run=False)
    project.set_classes(ClassTable(map(_class, plan["after"])))
    project.set_setting(RECLASS_PLAN, {**plan, "is_done": True})


def undo_reclass(project: Project) -> Iterator[Reclassed]:
    """Take the last `reclass` back in every image, and bring its classes back.

    An image that was painted since is left as it is, with a sentence: undo there first. Classes
    that were added since stay.
    """
    plan = project.setting(RECLASS_PLAN)
    if not plan:
        return
    table = ClassTable(map(_class, plan["before"]))
    known = {item[0] for item in plan["after"]}
    for item in project.classes:
        if item.id not in known and not table.has(item.id):
            is_taken = table.by_name(item.name) is not None
            new_name = f"class {item.id}" if is_taken else item.name
            table = table.with_added(new_name, item.colour, class_id=item.id)
    project.set_classes(table)
    for image_id in plan["images"]:
        if image_id in project.images:
            undone = _undone(project, image_id, plan["created"])
            if undone is not None:
                yield undone
    project.set_setting(RECLASS_PLAN, None)


def _changed(project: Project, plan: Mapping[str, Any], *, is_dry_run: bool) -> Iterator[Reclassed]:
    table = np.arange(256, dtype=np.uint8)
    for source, target in plan["mapping"]:
        table[source] = target
    for image_id in plan["images"]:
        if image_id not in project.images:
            continue
        name = project.images[image_id].name
        try:
            width, height = image_size(project.image_path(image_id))
        except DocumentError as error:
            yield Reclassed(name, 0, str(error))
            continue
        layers, history = project.load_layers(image_id, (height, width))
        labels, stamp = layers.labels, plan["created"]
        is_done = any(e.edit.created == stamp and not e.is_undone for e in history.entries())
        pixels = 0 if is_done else int(np.count_nonzero(table[labels] != labels))
        if pixels and not is_dry_run:
            edit = edit_between(labels, table[labels], plan["name"])
            assert edit is not None
            # All edits of one change have one stamp: so they are known again.
            project.commit_edit(image_id, replace(edit, created=stamp))
            project.checkpoint(image_id, table[labels])
        yield Reclassed(name, pixels)


def _undone(project: Project, image_id: int, created: float) -> Reclassed | None:
    """None when the change did nothing in this image, or was undone there already."""
    name = project.images[image_id].name
    try:
        width, height = image_size(project.image_path(image_id))
    except DocumentError as error:
        return Reclassed(name, 0, str(error))
    layers, history = project.load_layers(image_id, (height, width))
    done = [entry.edit.created for entry in history.entries() if not entry.is_undone]
    if created not in done:
        if history.forgotten_until is None or history.forgotten_until < created:
            return None
        problem = "has been painted so much since that its history no longer reaches back"
        return Reclassed(name, 0, f"{name} {problem}: nothing was changed there.")
    if done[-1] != created:
        return Reclassed(name, 0, f"{name} was painted since: undo its later strokes first.")
    edit = history.undo()
    before = layers.labels.copy()
    revert_edit(layers.labels, edit)
    project.commit_undo(image_id, edit)
    project.checkpoint(image_id, layers.labels)
    return Reclassed(name, int(np.count_nonzero(before != layers.labels)))


def _labels(project: Project, image_id: int) -> np.ndarray:
    width, height = image_size(project.image_path(image_id))
    return project.load_layers(image_id, (height, width))[0].labels


def _plain(item: LabelClass) -> list[object]:
    return [item.id, item.name, list(item.colour)]


def _class(plain: Any) -> LabelClass:
    class_id, name, (red, green, blue) = plain
    return LabelClass(class_id, name, (red, green, blue))
