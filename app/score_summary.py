"""What the honest scores say together: the score now, its curve, each class, how far it may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.scoring import Score

WINDOW = 10
"""The model changes while the person works: only the last images tell how good it is now."""

FEWEST_IMAGES = 5
"""With less there is no interval."""

TARGET = 0.9
_CURVE_POINTS = 60

Interval = tuple[float, float, float]
"""Value, low, high of the 95 % interval; low and high are NaN with too few images."""


@dataclass(frozen=True)
class ClassScore:
    """The scores of one class over all pixels of the last images; NaN where there is no such."""

    class_id: int
    iou: Interval
    precision: float
    recall: float


@dataclass(frozen=True)
class CurvePoint:
    """The mean score of the last images up to the `number`-th, with its interval."""

    number: int
    mean: Interval


@dataclass(frozen=True)
class Outlook:
    """About how many more images there are to `target`, and the 80 % interval of it."""

    target: float
    more: int
    low: int
    high: int


@dataclass(frozen=True)
class ScoreSummary:
    """`mean` is over the last `images` that were finished. Empty without a score."""

    images: int = 0
    mean: Interval = (float("nan"),) * 3
    curve: tuple[CurvePoint, ...] = ()
    classes: tuple[ClassScore, ...] = ()
    outlook: Outlook | None = None


NO_SCORES = ScoreSummary()


def summarise(scores: Sequence[Score]) -> ScoreSummary:
    """Put the scores, in the order of review, together. Not for the GUI thread."""
    from segmodels.forecast import forecast

    if not scores:
        return NO_SCORES
    values = np.array([score.mean_iou for score in scores])
    numbers = np.unique(np.linspace(1, len(values), min(len(values), _CURVE_POINTS)).round())
    curve = tuple(CurvePoint(int(n), _mean(values[: int(n)][-WINDOW:])) for n in numbers)
    found = forecast(values.tolist(), target=TARGET)
    outlook = Outlook(found.target, found.more, found.low, found.high) if found else None
    last = scores[-WINDOW:]
    return ScoreSummary(len(last), curve[-1].mean, curve, _classes(last), outlook)


def _mean(values: NDArray[np.float64]) -> Interval:
    from segmodels.interval import estimate

    (found,) = estimate(values, lambda drawn: drawn.mean(axis=-1, keepdims=True))
    return found.value, found.low, found.high


def _classes(scores: Sequence[Score]) -> tuple[ClassScore, ...]:
    """Scores of earlier programs, which have no areas, do not count here."""
    from segmodels.interval import estimate, pooled_iou

    counted = [score for score in scores if score.areas]
    ids = sorted({class_id for score in counted for class_id, *_ in score.areas})
    areas = np.zeros((len(counted), len(ids), 3), np.int64)
    for row, score in zip(areas, counted, strict=True):
        for class_id, *pixels in score.areas:
            row[ids.index(class_id)] = pixels
    if not ids:
        return ()
    right, true, predicted = areas.sum(axis=0).astype(np.float64).T
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(predicted > 0, right / predicted, np.nan)
        recall = np.where(true > 0, right / true, np.nan)
    return tuple(
        ClassScore(class_id, (iou.value, iou.low, iou.high), float(precision[k]), float(recall[k]))
        for k, (class_id, iou) in enumerate(zip(ids, estimate(areas, pooled_iou), strict=True))
    )
