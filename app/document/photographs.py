"""Tells grey photographs from masks: both are grey pictures that may hold hundreds of values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 32
"""A picture of so many values, or fewer, may always be a mask."""

_SMALL_STEP = 2
_BAND = 64
_ENOUGH = 4_000_000


def is_photograph(values: NDArray[Any]) -> bool:
    """Whether the (H, W) whole numbers can hardly be those of classes or objects.

    Masks are regions of one number whose neighbours have any other; photographs have noise, and
    shades that pass into each other. So of all pairs of neighbours (but those within the
    commonest number, which may be a dark background), along rows and along columns alike, in a
    photograph: hardly any are equal; or few are, and some differ by little; or most of those that
    differ at all do so by little. Objects that are numbered in order, even of a few pixels, fail
    each of these tests in at least one direction. Of a large picture some bands are looked at.
    """
    values = _some(values)
    found, counts = np.unique(values, return_counts=True)
    if len(found) <= FEW:
        return False
    commonest = found[counts.argmax()]
    wide = values.astype(np.int64)
    along = ((wide[:, 1:], wide[:, :-1]), (wide[1:], wide[:-1]))
    return all(_is_shaded(first, second, int(commonest)) for first, second in along)


def _some(values: NDArray[Any]) -> NDArray[Any]:
    """Bands of rows from all over a large picture; a few borders between them do not matter."""
    count = max(1, _ENOUGH // (_BAND * values.shape[1]))
    if values.size <= _ENOUGH or count * _BAND >= values.shape[0]:
        return values
    starts = np.linspace(0, values.shape[0] - _BAND, count).astype(int)
    return np.concatenate([values[start : start + _BAND] for start in starts])


def _is_shaded(first: NDArray[np.int64], second: NDArray[np.int64], commonest: int) -> bool:
    steps = np.abs(first - second)[(first != commonest) | (second != commonest)]
    if not steps.size:
        return False
    other = int(np.count_nonzero(steps))
    equal = 1 - other / steps.size
    small = int(np.count_nonzero(steps <= _SMALL_STEP)) - (steps.size - other)
    small_share = small / max(1, other)
    return equal < 0.2 or (equal < 0.5 and small_share >= 0.05) or small_share >= 0.5
