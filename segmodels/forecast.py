"""How many more images a score needs: a learning curve, when it says anything at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

FEWEST_SCORES = 8
_RATES = np.linspace(0.1, 2.0, 39)
_RESAMPLES = 400
_WIDEST = 2.5
_FARTHEST = 3.0


@dataclass(frozen=True)
class Forecast:
    """The score reaches `target` after about `more` further images; 80 %: `low` to `high`."""

    target: float
    more: int
    low: int
    high: int


@dataclass(frozen=True)
class PowerLaw:
    """score(n) = limit - gap * n ** -rate, with gap >= 0 and limit <= 1."""

    limit: float
    gap: float
    rate: float

    def reaches(self, target: float) -> float:
        """The number of images at which the score is `target`; inf if it never is."""
        if self.limit <= target or self.gap <= 0:
            return np.inf if self.limit <= target else 1.0
        return float((self.gap / (self.limit - target)) ** (1 / self.rate))


def fit_power_law(images: Values, scores: Values) -> PowerLaw:
    """Fit by least squares; `images` (N,) > 0 were learned before each of the `scores` (N,).

    A saturating power law is what learning curves follow (Hestness et al. 2017, "Deep Learning
    Scaling is Predictable, Empirically"). For a given rate it is linear in the rest, so the rate
    alone is searched (variable projection, Golub & Pereyra 1973).
    """
    fall = images[None, :] ** -_RATES[:, None]
    middle, mean = fall.mean(axis=1, keepdims=True), float(scores.mean())
    away = fall - middle
    spread = np.maximum((away**2).sum(axis=1), 1e-12)
    gap = np.maximum(0.0, -(away @ scores) / spread)
    limit = mean + gap * middle[:, 0]
    # No score is above 1: the best curve that would be ends there.
    bound = np.maximum(0.0, (fall @ (1 - scores)) / (fall**2).sum(axis=1))
    gap, limit = np.where(limit > 1, bound, gap), np.minimum(limit, 1.0)
    errors = ((scores - (limit[:, None] - gap[:, None] * fall)) ** 2).sum(axis=1)
    best = int(errors.argmin())
    return PowerLaw(float(limit[best]), float(gap[best]), float(_RATES[best]))


def forecast(
    scores: Sequence[float], *, target: float = 0.9, level: float = 0.8, seed: int = 0
) -> Forecast | None:
    """Say how many more images take the score to `target`; None when the curve cannot say.

    `scores` in the order of learning, each measured before its image was learned. Nothing is said
    for few scores, for a curve that does not rise or ends below the target, when resampled curves
    differ too much, or when it would look farther ahead than three times what was seen.
    """
    known = np.array(scores, np.float64)
    learned = np.arange(1, len(known) + 1, dtype=np.float64)
    if len(known) < FEWEST_SCORES:
        return None
    found = fit_power_law(learned, known).reaches(target)
    random = np.random.default_rng(seed)
    draws = random.integers(0, len(known), (_RESAMPLES, len(known)))
    reached = [fit_power_law(learned[d], known[d]).reaches(target) for d in draws]
    tail = (1 - level) / 2
    low, high = np.quantile(reached, (tail, 1 - tail), method="nearest")
    if not np.isfinite((found, low, high)).all() or found <= len(known):
        return None
    if high > _WIDEST * max(found, 1.0) or found > _FARTHEST * len(known):
        return None
    more = [max(0, round(n - len(known))) for n in (found, low, high)]
    return Forecast(target, *more)
