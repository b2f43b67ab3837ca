"""Change the classes of every image of a project at once, and take that back at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED, ClassTable
from app.document.edit import edit_between, revert_edit
from app.document.errors import ClassError, DocumentError
from app.document.facts import RECLASS_PLAN
from app.document.history import History
from app.document.images import image_size
from app.document.numbering import CLASS_CHANGES
from app.document.project import Project
from app.document.reclass_plan import ReclassPlan

Pixels = NDArray[np.uint8]


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
            width, height = image_size(project.image_path(image_id))
            labels = project.load_layers(image_id, (height, width))[0].labels
        except DocumentError as error:
            yield ClassCounts(name, {}, str(error))
            continue
        counts = np.bincount(labels.ravel(), minlength=256)
        yield ClassCounts(name, {int(i): int(counts[i]) for i in np.flatnonzero(counts)})


def last_reclass(project: Project) -> ReclassPlan | None:
    """The last change, also one that was taken back; None before the first."""
    plain = project.setting(RECLASS_PLAN)
    return ReclassPlan.of(plain) if plain else None


def can_undo_reclass(project: Project) -> bool:
    """Whether there is something to take back."""
    plan = last_reclass(project)
    return plan is not None and plan.taken_back is None


def is_reclass_unfinished(project: Project) -> bool:
    """Whether a change was stopped, so that some images have it and others have not."""
    plan = last_reclass(project)
    return plan is not None and not plan.is_done


def reclass(
    project: Project, mapping: Mapping[int, int], name: str, *, classes: ClassTable | None = None
) -> Iterator[Reclassed]:
    """Turn class ids into others (255: unlabelled) in all labels and predictions; yields after
    each image.

    One edit called `name` for each image with labels. When all is done the table becomes `classes`
    (without it: the classes that were mapped away leave), and `undo_reclass` can take everything
    back. What stops in between is taken up by `finish_reclass`. From the first moment on nothing
    that was predicted with the old numbers is found any more before it has new ones; a prediction
    of a class that is deleted is removed. Any one thread, with no image being painted. Raises
    `ClassError` when pixels would end in a class that is none.
    """
    after = classes or ClassTable(item for item in project.classes if item.id not in mapping)
    for class_id in {item.id for item in project.classes} | set(mapping):
        target = mapping.get(class_id, class_id)
        if target != UNLABELLED and not after.has(target):
            raise ClassError(f"Class number {target} cannot take the pixels of another class.")
    images = tuple(project.labelled_images())
    plan = ReclassPlan(time.time(), name, dict(mapping), images, project.classes, after)
    changes = project.numbering.changed(plan.created).plain()
    project.set_settings({RECLASS_PLAN: plan.plain(), CLASS_CHANGES: changes})
    yield from finish_reclass(project)


def undo_reclass(project: Project) -> Iterator[Reclassed]:
    """Take the last `reclass` back in every image, and bring its classes back.

    What was painted since goes on with the numbers of before. Classes that were added since stay.
    """
    plan = last_reclass(project)
    if plan is None or plan.taken_back is not None:
        return
    plan = plan.with_way_back(project.classes, time.time())
    assert plan.taken_back is not None
    changes = project.numbering.taken_back(plan.taken_back).plain()
    project.set_settings({RECLASS_PLAN: plan.plain(), CLASS_CHANGES: changes})
    yield from finish_reclass(project)


def redo_reclass(project: Project) -> Iterator[Reclassed]:
    """Make the last `reclass` again, which was taken back; nothing when that cannot be."""
    plan = last_reclass(project)
    if plan is not None and plan.can_redo(project.classes):
        yield from reclass(project, plan.mapping, plan.name, classes=plan.after)


def finish_reclass(project: Project) -> Iterator[Reclassed]:
    """Do what is left of a change, there or back, that was stopped; nothing when there is none."""
    plan = last_reclass(project)
    if plan is None or plan.is_done:
        return
    project.flush()  # no file may tell of a change that the database does not know
    if plan.taken_back is not None:
        yield from _taken_back(project, plan)
        return
    if not project.numbering.is_change(plan.created):  # begun by an earlier program
        changes = project.numbering.changed(plan.created).plain()
        project.set_settings({CLASS_CHANGES: changes})
    before = project.numbering.number - 1
    for image_id, item in project.images.items():
        pixels = _change(project, image_id, plan) if image_id in plan.images else 0
        project.renumber_prediction(image_id, plan.prediction_ids(), before)
        project.flush()  # else all of them wait in memory
        yield Reclassed(item.name, pixels)
    _end(project, plan, plan.after)


def _taken_back(project: Project, plan: ReclassPlan) -> Iterator[Reclassed]:
    assert plan.back_to is not None
    labelled = {*plan.images, *project.labelled_images()}
    same, before = np.arange(256, dtype=np.uint8), project.numbering.number - 1
    for image_id, item in project.images.items():
        pixels, problem = 0, None
        if image_id in labelled:
            pixels, problem = _change_back(project, image_id, plan)
        project.renumber_prediction(image_id, plan.prediction_ids_back(), before)
        # What the change had not reached yet has the right numbers.
        project.renumber_prediction(image_id, same, before - 1)
        project.flush()
        yield Reclassed(item.name, pixels, problem)
    _end(project, plan, plan.back_to)


def _end(project: Project, plan: ReclassPlan, table: ClassTable) -> None:
    project.set_classes(table)
    project.set_setting(RECLASS_PLAN, replace(plan, is_done=True).plain())


def _change(project: Project, image_id: int, plan: ReclassPlan) -> int:
    """How many pixels of the labels were changed."""
    size = project.label_size(image_id)
    if size is None:
        return 0
    layers, history = project.load_layers(image_id, size)
    if plan.created in _done(history):
        return 0
    wanted = plan.label_ids()[layers.labels]
    return _write(project, image_id, layers.labels, wanted, plan.name, plan.created)


def _change_back(project: Project, image_id: int, plan: ReclassPlan) -> tuple[int, str | None]:
    """How many pixels of the labels were changed, and a sentence for what could not come back."""
    size = project.label_size(image_id)
    assert plan.taken_back is not None
    if size is None:
        return 0, None
    layers, history = project.load_layers(image_id, size)
    labels, done = layers.labels, _done(history)
    is_undone = any(e.is_undone and e.edit.created == plan.created for e in history.entries())
    if plan.taken_back in done or is_undone or (plan.created not in done and not plan.was_done):
        return 0, None
    if done and done[-1] == plan.created:
        edit, before = history.undo(), labels.copy()
        revert_edit(labels, edit)
        project.commit_undo(image_id, edit)
        project.checkpoint(image_id, labels)
        return int(np.count_nonzero(before != labels)), None
    wanted = plan.label_ids_back()[labels]
    problem = None
    if plan.created in done:
        _put_back(wanted, labels, history, plan.created)
    elif history.forgotten_until is not None and history.forgotten_until >= plan.created:
        name = project.images[image_id].name
        problem = f"{name} was painted so much since that what was merged there stays merged."
    told = f"{plan.name} (taken back)"
    pixels = _write(project, image_id, labels, wanted, told, plan.taken_back)
    return pixels, problem


def _put_back(wanted: Pixels, labels: Pixels, history: History, created: float) -> None:
    """Where nothing was painted since the edit of this time, take what was there before it."""
    then = labels.copy()
    for entry in reversed([entry for entry in history.entries() if not entry.is_undone]):
        if entry.edit.created == created:
            before = then.copy()
            revert_edit(before, entry.edit)
            was_changed = (labels == then) & (before != then)
            wanted[was_changed] = before[was_changed]
            return
        revert_edit(then, entry.edit)


def _write(
    project: Project, image_id: int, labels: Pixels, wanted: Pixels, name: str, created: float
) -> int:
    """Keep the change as an edit; all edits of one change have one stamp, so they are known."""
    edit = edit_between(labels, wanted, name)
    if edit is None:
        return 0
    project.commit_edit(image_id, replace(edit, created=created))
    project.checkpoint(image_id, wanted)
    return int(np.count_nonzero(wanted != labels))


def _done(history: History) -> list[float]:
    return [entry.edit.created for entry in history.entries() if not entry.is_undone]
