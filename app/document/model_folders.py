"""The folders of a project's models: the versions, and the model in use with its latest head."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from app.document.errors import SealBroken
from app.document.files import read_bytes

WORKING = "working"
"""The folder of the model in use, beside those of the versions."""

SUGGESTION = "suggestion"
"""The version of a prediction that was made without a model."""

_FILES = ("model.json", "weights.safetensors")


def is_model(folder: Path) -> bool:
    """Whether the folder holds a model."""
    return all((folder / name).is_file() for name in _FILES)


def is_deleted(folder: Path) -> bool:
    """Whether this is what `delete_model` left of a version."""
    return folder.name != WORKING and not any(folder.iterdir())


def version_of(folder: Path) -> str:
    """The version that the model in a folder is, or came from; "" when it is of none."""
    if folder.name != WORKING:
        return folder.name
    version = _about(folder, "version")
    return "" if version == WORKING else str(version)


def model_in_use(models_folder: Path, current: str | None, numbering: int) -> Path | None:
    """The folder of the model to begin with, or None.

    The one in use last, unless it is not of the version `current`: then the process was killed
    before it was kept, or another version was chosen without a window. One whose classes have not
    the `numbering` of now is not used: the version is, whose classes are known by name.
    """
    working = models_folder / WORKING
    has_working = is_model(working) and (_about(working, "numbering") or 0) == numbering
    is_of_another = not has_working or version_of(working) != current
    if current and is_of_another and is_model(models_folder / current):
        return models_folder / current
    return working if has_working else None


def _about(folder: Path, key: str) -> Any:
    """What is told of the working model; "" when it is not told, or cannot be read."""
    try:
        return json.loads(read_bytes(folder / "model.json"))["about"][key]
    except (OSError, SealBroken, ValueError, KeyError, TypeError, RecursionError):
        return ""


def delete_model(folder: Path) -> None:
    """Delete the files of a version. Raises `OSError`.

    The empty folder stays, so that no later version takes its name: predictions and scores tell
    which version they are of.
    """
    shutil.rmtree(folder)
    folder.mkdir()
