"""The report of a project: its reviewed images, as they were predicted before any correction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document.errors import LabelFileError
from app.document.project import Project
from app.report.content import Judged, report_steps
from app.score_summary import ScoreSummary
from app.scoring import Score

Pixels = NDArray[np.uint8]

NOTHING = (
    "There is nothing to report yet. It counts images that the model had predicted before you "
    "touched them, and that you finished with Ctrl+Enter; images whose labels you imported do not "
    "count, as they were not corrected."
)
"""Why there is no report without a score."""


def honest_report_steps(
    project: Project, path: Path, *, scores: Sequence[Score], summary: ScoreSummary
) -> Iterator[str | None]:
    """Write the report on the images that have a score, one at least; as `report_steps`."""
    return report_steps(
        path,
        [_judged(project, score.image_name) for score in scores],
        title=f"{project.folder.name}: how good the model is",
        about=f"The images of {project.folder} that were finished by hand, compared with what was "
        "predicted before.",
        classes=project.classes,
        points=[score.mean_iou for score in scores],
        summary=summary,
    )


def _judged(project: Project, name: str) -> Judged:
    item = project.item_by_name(name)

    def masks() -> tuple[Pixels, Pixels]:
        found = project.baseline(item.id)
        if found is None:
            raise LabelFileError("what was predicted before is no longer kept.")
        predicted, _ = found
        layers, _ = project.load_layers(item.id, (item.height, item.width))
        if layers.labels.shape != predicted.shape:
            raise LabelFileError("its size has changed since it was predicted.")
        return layers.labels, predicted

    return Judged(name, masks, lambda: project.load_image(item.id))
