"""The versions of a project's model as a table: what each learned from and how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from app.document.model_folders import is_model
from app.document.project import Project


@dataclass(frozen=True)
class VersionRow:
    """A version as it is listed. Scores are mean IoU 0..1, None where there is none.

    `held_out` is of strokes that it had not learned from, `honest` of the `scored` images that it
    had predicted before they were corrected. `created` is in seconds since 1970.
    """

    name: str
    created: float
    images: int
    pixels: int
    held_out: float | None
    honest: float | None
    scored: int
    note: str
    size: int
    is_current: bool


def version_rows(project: Project) -> list[VersionRow]:
    """All versions whose files are there, oldest first."""
    scores: dict[str, dict[int, float]] = {}
    for score in project.scores():  # of an image that was reviewed twice, the last one counts
        scores.setdefault(score.version, {})[score.image_id] = float(score.scores["mean_iou"])
    return [
        VersionRow(
            name=version.name,
            created=version.created,
            images=version.details.get("images", 0),
            pixels=version.details.get("pixels", 0),
            held_out=version.details.get("validation"),
            honest=fmean(found.values()) if (found := scores.get(version.name, {})) else None,
            scored=len(found),
            note=version.details.get("note", ""),
            size=_size_of(project.version_folder(version.name)),
            is_current=version.is_current,
        )
        for version in project.versions()
        if is_model(project.version_folder(version.name))
    ]


def _size_of(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except OSError:
        return 0
