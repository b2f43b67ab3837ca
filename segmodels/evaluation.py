"""The scores of many images together: pooled pixels, outlines, and each image on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmodels.metrics import Scores, Values, boundary_f1, confusion_matrix
from segmodels.prediction import UNLABELLED, Labels

TOLERANCE = 2.0
"""How many pixels an outline may be off."""


@dataclass(frozen=True, eq=False)
class ImageEvaluation:
    """One image: pixels by true and predicted id (256, 256) int64; outlines (256,), NaN = none.

    A pixel without a prediction counts as predicted as 255: it is wrong, and no class.
    """

    name: str
    confusion: NDArray[np.int64]
    boundary: Values

    @property
    def mean_iou(self) -> float:
        """Mean IoU over the classes that are true in it; NaN without a true pixel."""
        return Scores(self.confusion).mean_iou


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All images together. Per class, (256,) float64: NaN where a class does not occur."""

    images: Sequence[ImageEvaluation]

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Pixels of all images."""
        matrix = np.zeros((256, 256), np.int64)
        for image in self.images:
            matrix += image.confusion
        return matrix

    @property
    def boundary(self) -> Values:
        """F1 of the outlines, the mean over the images where a class has one."""
        rows = np.array([image.boundary for image in self.images]).reshape(-1, 256)
        known = np.isfinite(rows)
        counts = known.sum(axis=0)
        sums = np.where(known, rows, 0).sum(axis=0)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

    def worst_first(self) -> list[ImageEvaluation]:
        """The images by their mean IoU; those without a true pixel are left out."""
        scored = [image for image in self.images if np.isfinite(image.mean_iou)]
        return sorted(scored, key=lambda image: (image.mean_iou, image.name))


def evaluate_image(
    name: str, truth: Labels, predicted: Labels, *, tolerance: float = TOLERANCE
) -> ImageEvaluation:
    """Score (H, W) uint8 ids against the truth, where 255 = of no class, left out."""
    confusion = confusion_matrix(truth, predicted, classes=256, ignore=UNLABELLED)
    boundary = np.full(256, np.nan)
    present = (confusion.sum(axis=0) + confusion.sum(axis=1)) > 0
    for class_id in np.flatnonzero(present[:UNLABELLED]):
        boundary[class_id] = boundary_f1(
            truth, predicted, class_id=int(class_id), tolerance=tolerance
        )
    return ImageEvaluation(name, confusion, boundary)
