"""Scores of a prediction against the truth: confusion matrix, IoU, Dice, precision, recall."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.prediction import UNLABELLED, Labels

Values = NDArray[np.float64]


def confusion_matrix(
    truth: Labels, predicted: Labels, *, classes: int, ignore: int = UNLABELLED
) -> NDArray[np.int64]:
    """Count pixels by true (row) and predicted (column) class: (classes, classes) int64.

    Pixels whose truth is `ignore` do not count. A pixel that was predicted as no class
    (`UNLABELLED`, or an id beyond) is left out too. Matrices of several images may be added.
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"truth is {truth.shape}, but the prediction {predicted.shape}")
    counts = (truth != ignore) & (truth < classes) & (predicted < classes)
    codes = truth[counts].astype(np.int64) * classes + predicted[counts]
    return np.bincount(codes, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True)
class Scores:
    """Scores per class (C,) float64, NaN for a class that is neither true nor predicted.

    Means are over the classes that occur in the truth.
    """

    confusion: NDArray[np.int64]

    @property
    def iou(self) -> Values:
        """Intersection over union."""
        return _ratio(self._hits, self._true + self._predicted - self._hits)

    @property
    def dice(self) -> Values:
        """2 x intersection over the sum of both areas."""
        return _ratio(2 * self._hits, self._true + self._predicted)

    @property
    def f1(self) -> Values:
        """Harmonic mean of precision and recall; for pixels it is the Dice."""
        return self.dice

    @property
    def precision(self) -> Values:
        """Share of the predicted pixels that are right; NaN where none was predicted."""
        return _ratio(self._hits, self._predicted)

    @property
    def recall(self) -> Values:
        """Share of the true pixels that were found; NaN where there is none."""
        return _ratio(self._hits, self._true)

    @property
    def pixel_accuracy(self) -> float:
        """Share of all pixels that are right; NaN without pixels."""
        return float(_ratio(self._hits.sum(), self._true.sum()))

    @property
    def classes_present(self) -> NDArray[np.bool_]:
        """(C,) bool: which classes occur in the truth."""
        return self._true > 0

    def mean(self, values: Values) -> float:
        """Mean over the classes that occur in the truth; what was never predicted counts 0."""
        present = values[self.classes_present]
        return float(np.nan_to_num(present).mean()) if present.size else float("nan")

    @property
    def mean_iou(self) -> float:
        """Mean IoU over the classes that occur in the truth."""
        return self.mean(self.iou)

    @property
    def mean_dice(self) -> float:
        """Mean Dice over the classes that occur in the truth."""
        return self.mean(self.dice)

    @property
    def _hits(self) -> Values:
        return np.diag(self.confusion).astype(np.float64)

    @property
    def _true(self) -> Values:
        return self.confusion.sum(axis=1).astype(np.float64)

    @property
    def _predicted(self) -> Values:
        return self.confusion.sum(axis=0).astype(np.float64)


def boundary_f1(
    truth: Labels,
    predicted: Labels,
    *,
    class_id: int,
    tolerance: float = 2.0,
    ignore: int = UNLABELLED,
) -> float:
    """F1 of the outline of a class, where a pixel counts as met within `tolerance` pixels.

    After Csurka et al. 2013. NaN when neither has an outline, 0 when only one has.
    """
    known = truth != ignore
    true_edge = _outline(truth == class_id) & known
    found_edge = _outline((predicted == class_id) & known) & known
    if not true_edge.any() and not found_edge.any():
        return float("nan")
    precision = _share_near(found_edge, true_edge, tolerance)
    recall = _share_near(true_edge, found_edge, tolerance)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of the mask with a neighbour outside of it; the image's border is no outline."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    inner = cv2.erode(mask.astype(np.uint8), cross, borderType=cv2.BORDER_REPLICATE)
    return mask & (inner == 0)


def _share_near(edge: NDArray[np.bool_], other: NDArray[np.bool_], tolerance: float) -> float:
    if not edge.any() or not other.any():
        return 0.0
    distance = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float((distance[edge] <= tolerance).mean())


def _ratio(part: Values, whole: Values) -> Values:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
