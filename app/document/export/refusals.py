"""What an export never writes over, and what only on a yes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.document.errors import ExportError, ExportExists
from app.document.image_files import is_image
from app.document.project import Project


def refuse_existing(folder: Path, paths: Iterable[str], stale: Sequence[str] = ()) -> None:
    """Raise `ExportExists` when any of the files is there, or any would be removed as `stale`."""
    count = sum((folder / path).exists() for path in paths)
    if count or stale:
        raise ExportExists(folder, count, len(stale))


def refuse_sources(project: Project, folder: Path, paths: Sequence[str]) -> None:
    """Raise `ExportError` when an image, or what the project keeps, would be written over.

    Also when what is written would be listed as images of the project.
    """
    target, images, own = (
        Path(os.path.realpath(path)) for path in (folder, project.folder, project.data_folder)
    )
    if target.is_relative_to(own):
        raise ExportError(f"{folder} is where the project is kept: choose another folder.")
    # Letter case does not tell files apart on every disk.
    sources = {str(images / item.name).casefold() for item in project.images.values()}
    if any(str(target / path).casefold() in sources for path in paths):
        raise ExportError(
            f"In {folder} this would replace your images: choose another folder, such as "
            f"{suggested_folder(images)}."
        )
    if any(is_image(target / path, images) for path in paths):
        raise ExportError(
            f"In {folder} the masks would be listed as images of the project: choose a folder "
            f"outside of it, such as {suggested_folder(images)}."
        )


def suggested_folder(images: Path) -> Path:
    """Where to export: beside the images, as all pictures inside their folder are listed."""
    return images.with_name(f"{images.name} masks") if images.name else images / ".masks"
