"""Verify a project and repair what can be repaired, telling each thing in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.document.catalogue import ImageItem
from app.document.classes import MAX_CLASS_ID, UNLABELLED
from app.document.errors import DocumentError, LabelFileError
from app.document.files import leftovers, read_label_png
from app.document.images import image_size
from app.document.model_folders import is_deleted
from app.document.project import Project


@dataclass(frozen=True)
class Finding:
    """One thing that was wrong. `name` is the image or file."""

    name: str
    sentence: str
    is_repaired: bool
    can_be_repaired: bool = False


@dataclass(frozen=True)
class Checked:
    """One image was looked at, and what was found in it."""

    name: str
    findings: tuple[Finding, ...] = ()


def check(
    project: Project,
    *,
    load_model: Callable[[Path], object] | None = None,
    repairs: bool = True,
) -> Iterator[Checked]:
    """Look at everything; yields after each image, and first and last for the project itself.

    Repairs unless told otherwise or the project is read-only: label files come from the journal,
    broken predictions are removed (the model makes them again), classes are added for unknown ids.
    `load_model` is tried on every model folder; what it raises is a finding. Any one thread.
    """
    repairs = repairs and not project.is_read_only
    yield Checked("project.db", tuple(_check_database(project, repairs)))
    for item in list(project.images.values()):
        yield Checked(item.name, tuple(_check_image(project, item, repairs)))
    if load_model is not None:
        yield Checked("models", tuple(_check_models(project, load_model)))


def _repairable(name: str, sentence: str, repairs: bool) -> Finding:
    """Something that is put right now, or could be."""
    return Finding(name, sentence, is_repaired=repairs, can_be_repaired=True)


def _check_database(project: Project, repairs: bool) -> Iterator[Finding]:
    damage = project.damage()
    if damage is not None:
        yield Finding("project.db", f"project.db is damaged ({damage}).", is_repaired=False)
    found = leftovers(project.data_folder)
    project.flush()  # what was just being written is in its place then
    left = [path for path in found if path.exists()]
    if left and repairs:
        for path in left:
            path.unlink(missing_ok=True)
    if left:
        told = "were removed" if repairs else "are there"
        yield _repairable("maskloop", f"{len(left)} half-written files {told}.", repairs)


def _check_image(project: Project, item: ImageItem, repairs: bool) -> Iterator[Finding]:
    try:
        width, height = image_size(project.image_path(item.id))
    except DocumentError as error:
        yield Finding(item.name, str(error), is_repaired=False)
        return
    problem = _label_file_problem(project, item)
    told = len(project.notices)
    layers, _ = project.load_layers(item.id, (height, width))
    if problem is not None:
        yield _repairable(item.name, problem, repairs)
        if repairs:
            project.checkpoint(item.id, layers.labels)
    else:
        for notice in project.notices[told:]:
            yield Finding(item.name, notice, is_repaired=not project.is_read_only)
    yield from _check_journal(project, item, layers.labels)
    yield from _check_ids(project, item, layers.labels, repairs)
    yield from _check_prediction(project, item, (height, width), repairs)


def _label_file_problem(project: Project, item: ImageItem) -> str | None:
    """What is wrong with the label PNG, which can be made again from the journal."""
    try:
        read_label_png(project.label_path(item.id))
    except FileNotFoundError:
        if item.id not in project.labelled_images():
            return None
        return f"The label file of {item.name} was missing; it is made from the journal."
    except (OSError, LabelFileError) as error:
        return f"{error} It is restored from the journal."
    return None


def _check_journal(project: Project, item: ImageItem, labels: np.ndarray) -> Iterator[Finding]:
    """Replaying everything must give the same pixels as the label file and what came after."""
    replayed = project.replayed_labels(item.id, (labels.shape[0], labels.shape[1]))
    if np.array_equal(replayed, labels):
        return
    count = int(np.count_nonzero(replayed != labels))
    yield Finding(
        item.name,
        f"The journal of {item.name} differs from its label file in {count} pixels: "
        "the label file is kept.",
        is_repaired=False,
    )


def _check_ids(
    project: Project, item: ImageItem, labels: np.ndarray, repairs: bool
) -> Iterator[Finding]:
    table = project.classes
    for class_id in np.unique(labels).tolist():
        if class_id == UNLABELLED or table.has(class_id):
            continue
        sentence = f"{item.name} holds the class number {class_id}, which has no name."
        if class_id > MAX_CLASS_ID:
            yield Finding(item.name, sentence, is_repaired=False)
            continue
        if repairs:
            table = table.with_added(f"class {class_id}", class_id=class_id)
        yield _repairable(item.name, sentence, repairs)
    if table != project.classes:
        project.set_classes(table)


def _check_prediction(
    project: Project, item: ImageItem, size: tuple[int, int], repairs: bool
) -> Iterator[Finding]:
    path = project.prediction_path(item.id)
    try:
        labels, _ = read_label_png(path)
    except FileNotFoundError:
        return
    except (OSError, LabelFileError) as error:
        sentence = f"The prediction of {item.name} is broken ({error})"
    else:
        known = {UNLABELLED, *(item.id for item in project.classes)}
        unknown = set(np.unique(labels).tolist()) - known
        if labels.shape != size:
            sentence = f"The prediction of {item.name} has another size than the image"
        elif unknown and project.prediction_version(item.id) is not None:
            number = min(unknown)
            sentence = f"The prediction of {item.name} holds the number {number}, of no class"
        else:
            return
    if repairs:
        path.unlink(missing_ok=True)
    yield _repairable(item.name, f"{sentence}: the model makes it again.", repairs)


def _check_models(project: Project, load_model: Callable[[Path], object]) -> Iterator[Finding]:
    folders = project.models_folder.iterdir() if project.models_folder.is_dir() else ()
    for folder in sorted(path for path in folders if path.is_dir() and not is_deleted(path)):
        try:
            load_model(folder)
        except Exception as error:
            # Whatever a model file does, the labels are safe: tell it and go on.
            yield Finding(f"models/{folder.name}", f"{folder.name}: {error}", is_repaired=False)
