"""Confidence intervals of scores: the bootstrap over images, and pixel areas that can be pooled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.float64, np.int64)
Values = NDArray[np.float64]
Areas = NDArray[np.int64]
"""(..., classes, 3) int64 pixels of each class: right, true, predicted. Images may be summed."""

FEWEST_IMAGES = 5
"""Below that a bootstrap says more than it knows."""

_RESAMPLES = 1000


@dataclass(frozen=True)
class Estimate:
    """A value with its confidence interval; `low` and `high` are NaN where it is not known."""

    value: float
    low: float = float("nan")
    high: float = float("nan")


def areas_of(confusion: NDArray[np.int64]) -> Areas:
    """Give the areas (C, 3) of a confusion matrix (C, C) with the truth in rows."""
    return np.stack((np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)), axis=-1)


def pooled_iou(areas: Areas) -> Values:
    """Give the IoU (..., C) over all pixels of images (..., N, C, 3); NaN: no such pixel."""
    right, true, predicted = np.moveaxis(areas.sum(axis=-3).astype(np.float64), -1, 0)
    union = true + predicted - right
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(union > 0, right / union, np.nan)


def estimate(
    images: NDArray[Number],
    statistic: Callable[[NDArray[Number]], Values],
    *,
    level: float = 0.95,
    seed: int = 0,
) -> list[Estimate]:
    """Estimate with the BCa bootstrap (Efron 1987, "Better Bootstrap Confidence Intervals").

    `images` (N, ...) holds one entry for each image, which are drawn with replacement: pixels of
    one image are alike, so they must not be drawn one by one. `statistic` takes (..., N, ...) with
    any axes in front and gives (..., K); there is an estimate for each of the K values.
    """
    count = len(images)
    values = np.atleast_1d(statistic(images))
    if count < FEWEST_IMAGES:
        return [Estimate(float(value)) for value in values]
    draws = np.random.default_rng(seed).integers(0, count, (_RESAMPLES, count))
    resampled = statistic(images[draws]).reshape(_RESAMPLES, -1)
    others = np.array([np.delete(np.arange(count), k) for k in range(count)])
    left_out = statistic(images[others]).reshape(count, -1)
    return [
        _corrected(float(value), resampled[:, k], left_out[:, k], level)
        for k, value in enumerate(values)
    ]


def _corrected(value: float, resampled: Values, left_out: Values, level: float) -> Estimate:
    """Bias-corrected and accelerated percentiles of the resampled values."""
    known = resampled[np.isfinite(resampled)]
    if not np.isfinite(value) or not len(known):
        return Estimate(value)
    normal = NormalDist()
    # Ties count half: with few images a resample often equals the value.
    below = (np.mean(known < value) + np.mean(known <= value)) / 2
    if not 0 < below < 1:
        return Estimate(value, float(known.min()), float(known.max()))
    bias = normal.inv_cdf(float(below))
    skew = _acceleration(left_out[np.isfinite(left_out)])
    ends = []
    for share in ((1 - level) / 2, (1 + level) / 2):
        z = bias + normal.inv_cdf(share)
        ends.append(normal.cdf(bias + z / (1 - skew * z)))
    low, high = np.quantile(known, ends)
    return Estimate(value, float(low), float(high))


def _acceleration(left_out: Values) -> float:
    """How the spread of the value changes with it, from the values without one image each."""
    if not len(left_out):
        return 0.0
    away = left_out.mean() - left_out
    spread = float((away**2).sum()) ** 1.5
    return float((away**3).sum()) / (6 * spread) if spread > 0 else 0.0
