"""The honest score: the prediction made before an image's corrections, against the finished labels.

Prequential evaluation (Dawid 1984: "test, then train"): each image is predicted before anything of
it was learned, so the scores need no extra labels and no pixel of them was trained on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.document.project import Project

ClassAreas = tuple[int, int, int, int]
"""Class id, and pixels of that class: right, true, predicted."""


@dataclass(frozen=True)
class Score:
    """The honest score of one image.

    `mean_iou` is 0..1, over the classes that are in the finished labels; `version` is the model
    that had predicted. `areas`: class id, and its pixels that are right, true and predicted.
    Scores of earlier programs have none.
    """

    image_name: str
    version: str
    mean_iou: float
    areas: tuple[ClassAreas, ...] = ()

    def as_plain(self) -> dict[str, Any]:
        """What the project keeps of it."""
        areas = {str(class_id): rest for class_id, *rest in self.areas}
        return {"mean_iou": self.mean_iou, "areas": areas}

    @classmethod
    def from_plain(cls, image_name: str, version: str, values: Mapping[str, Any]) -> Score:
        """Build from what the project kept."""
        areas = tuple(
            (int(key), int(right), int(true), int(predicted))
            for key, (right, true, predicted) in values.get("areas", {}).items()
        )
        return cls(image_name, version, float(values["mean_iou"]), areas)


def measure_score(
    project: Project, image_name: str, labels: NDArray[np.uint8], classes: int
) -> Score | None:
    """Score the set-aside prediction of an image against its finished (H, W) uint8 labels.

    None when there is none: the image was never predicted by a model before it was painted.
    """
    from segmodels.interval import areas_of
    from segmodels.metrics import Scores, confusion_matrix

    found = project.baseline(project.item_by_name(image_name).id)
    if found is None:
        return None
    baseline, version = found
    if baseline.shape != labels.shape:
        return None
    matrix = confusion_matrix(labels, baseline, classes=classes)
    areas = tuple(
        (class_id, int(right), int(true), int(predicted))
        for class_id, (right, true, predicted) in enumerate(areas_of(matrix))
        if true or predicted
    )
    mean_iou = float(Scores(matrix).mean_iou)
    return Score(image_name, version, mean_iou, areas)
