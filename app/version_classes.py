"""Which class of a version is which of the project's: by name, since numbers may move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.document.classes import ClassTable
from app.document.errors import ClassError
from app.document.model_folders import WORKING, model_in_use
from app.document.project import Project
from app.engine.events import Published, VersionKept
from app.engine.requests import ClassIds, OpenModel

_CLASSES = "classes"


def published_details(event: Published, classes: ClassTable) -> dict[str, Any]:
    """What a project keeps of a version that learning has published."""
    details = {"validation": event.validation, "images": event.samples, "pixels": event.pixels}
    return {**details, _CLASSES: _names(classes)}


def kept_details(event: VersionKept, classes: ClassTable) -> dict[str, Any]:
    """What a project keeps of a version that was kept or imported."""
    note = f"from {event.origin}" if event.origin else ""
    details = {"images": event.images, "pixels": event.pixels, "note": note}
    return {**details, _CLASSES: _names(classes)}


def ids_now(project: Project, name: str) -> ClassIds | None:
    """The ids that the classes of a version have in the project by now; None: none moved."""
    return moved_ids(_recorded(project, name), project.classes)


def model_of(project: Project) -> Path | None:
    """The folder of the model to begin with, or None."""
    number = project.numbering.number
    return model_in_use(project.models_folder, project.current_version, number)


def opening(project: Project, *, is_new: bool = False) -> OpenModel:
    """The request for the model to begin with; `is_new`: whatever is in the project's folder."""
    folder = None if is_new else model_of(project)
    is_version = folder is not None and folder.name != WORKING
    ids = ids_now(project, folder.name) if folder is not None and is_version else None
    classes, numbering = project.classes.count_for_model, project.numbering.number
    return OpenModel(classes, folder=folder, class_ids=ids, numbering=numbering)


def moved_ids(recorded: Mapping[str, str], table: ClassTable) -> ClassIds | None:
    """Same, from the names that the ids had.

    A name that is no more was changed when its id has a name that came later; else the class was
    deleted, and what the version knows of it is dropped.
    """
    ids = [-1] * (max(map(int, recorded), default=-1) + 1)
    for key, name in recorded.items():
        same, number = table.by_name(name), int(key)
        if same is not None:
            ids[number] = same.id
        elif table.has(number) and table.by_id(number).name not in recorded.values():
            ids[number] = number
    is_same = all(ids[int(key)] == int(key) for key in recorded)
    return None if is_same else tuple(ids)


def class_names_of(project: Project, name: str) -> list[str]:
    """What each class of a version is called now; also of ids that no class has any more."""
    table = project.classes
    ids = ids_now(project, name)
    if ids is None:
        ids = tuple(range(table.count_for_model))
    return [
        table.by_id(number).name if table.has(number) else f"class {place}"
        for place, number in enumerate(ids)
    ]


def ids_by_name(names: Sequence[str], table: ClassTable) -> tuple[ClassTable, ClassIds]:
    """The table with the classes of a model from elsewhere, and the ids that they have there.

    Class 0 is the background everywhere, whatever it is called. Raises `ClassError`.
    """
    own = table.by_id(0).name if table.has(0) else None
    if own is not None and names and table.by_name(names[0].strip()) is None and own not in names:
        names = [own, *names[1:]]
    table, ids = table.with_names(names)
    if len(set(ids)) < len(ids):
        raise ClassError("two of its classes have the same name.")
    return table, ids


def _recorded(project: Project, name: str) -> Mapping[str, str]:
    found = next((v.details.get(_CLASSES) for v in project.versions() if v.name == name), None)
    return found or {}


def _names(classes: ClassTable) -> dict[str, str]:
    return {str(item.id): item.name for item in classes}
