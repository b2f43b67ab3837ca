"""Verify a project and repair what can be repaired, telling each thing in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.document.catalogue import ImageItem
from app.document.classes import UNLABELLED
from app.document.errors import DocumentError, LabelFileError
from app.document.files import read_label_png, remove_leftovers
from app.document.images import image_size
from app.document.project import Project


@dataclass(frozen=True)
class Finding:
    """One thing that was wrong. `name` is the image or file."""

    name: str
    sentence: str
    is_repaired: bool


@dataclass(frozen=True)
class Checked:
    """One image was looked at, and what was found in it."""

    name: str
    findings: tuple[Finding, ...] = ()


def check(
    project: Project, *, load_model: Callable[[Path], object] | None = None
) -> Iterator[Checked]:
    """Look at everything; yields after each image, and first and last for the project itself.

    Repairs unless the project is read-only: label files come from the journal, broken predictions
    are removed (the model makes them again), classes are added for unknown ids. `load_model` is
    tried on every model folder; what it raises is a finding. Any one thread.
    """
    yield Checked("project.db", tuple(_check_database(project)))
    for item in list(project.images.values()):
        yield Checked(item.name, tuple(_check_image(project, item)))
    if load_model is not None:
        yield Checked("models", tuple(_check_models(project, load_model)))


def _check_database(project: Project) -> Iterator[Finding]:
    damage = project.damage()
    if damage is not None:
        yield Finding("project.db", f"project.db is damaged ({damage}).", is_repaired=False)
    if not project.is_read_only and (count := remove_leftovers(project.data_folder)):
        yield Finding("maskloop", f"{count} half-written files were removed.", is_repaired=True)


def _check_image(project: Project, item: ImageItem) -> Iterator[Finding]:
    try:
        width, height = image_size(project.image_path(item.id))
    except DocumentError as error:
        yield Finding(item.name, str(error), is_repaired=False)
        return
    can_repair = not project.is_read_only
    told = len(project.notices)
    is_whole = yield from _check_label_file(project, item)
    layers, _ = project.load_layers(item.id, (height, width))
    for notice in project.notices[told:]:
        yield Finding(item.name, notice, is_repaired=can_repair)
    yield from _check_journal(project, item, layers.labels)
    if not is_whole and can_repair:
        project.checkpoint(item.id, layers.labels)
    yield from _check_ids(project, item, layers.labels)
    yield from _check_prediction(project, item, (height, width))


def _check_label_file(project: Project, item: ImageItem) -> Generator[Finding, None, bool]:
    """Returns whether the label PNG is whole. A missing one is made again from the journal."""
    path = project.label_path(item.id)
    try:
        read_label_png(path)
    except FileNotFoundError:
        if item.id not in project.labelled_images():
            return True
        sentence = f"The label file of {item.name} was missing; it is made from the journal."
        yield Finding(item.name, sentence, is_repaired=not project.is_read_only)
        return False
    except (OSError, LabelFileError):
        return False  # `load_layers` tells of it, and reads the journal.
    return True


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


def _check_ids(project: Project, item: ImageItem, labels: np.ndarray) -> Iterator[Finding]:
    table = project.classes
    for class_id in np.unique(labels).tolist():
        if class_id == UNLABELLED or table.has(class_id):
            continue
        sentence = f"{item.name} holds the class number {class_id}, which has no name."
        is_possible = class_id <= 253 and not project.is_read_only
        if is_possible:
            table = table.with_added(f"class {class_id}", class_id=class_id)
        yield Finding(item.name, sentence, is_repaired=is_possible)
    if table != project.classes:
        project.set_classes(table)


def _check_prediction(
    project: Project, item: ImageItem, size: tuple[int, int]
) -> Iterator[Finding]:
    path = project.prediction_path(item.id)
    try:
        labels, _ = read_label_png(path)
    except FileNotFoundError:
        return
    except (OSError, LabelFileError) as error:
        sentence = f"The prediction of {item.name} is broken ({error})"
    else:
        if labels.shape == size:
            return
        sentence = f"The prediction of {item.name} has another size than the image"
    is_removed = False
    if not project.is_read_only:
        path.unlink(missing_ok=True)
        is_removed = True
    yield Finding(item.name, f"{sentence}: the model makes it again.", is_repaired=is_removed)


def _check_models(project: Project, load_model: Callable[[Path], object]) -> Iterator[Finding]:
    folders = project.models_folder.iterdir() if project.models_folder.is_dir() else ()
    for folder in sorted(path for path in folders if path.is_dir()):
        try:
            load_model(folder)
        except Exception as error:
            # Whatever a model file does, the labels are safe: tell it and go on.
            yield Finding(f"models/{folder.name}", f"{folder.name}: {error}", is_repaired=False)
