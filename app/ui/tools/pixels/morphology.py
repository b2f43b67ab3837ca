"""Mending the area of a class: holes, specks, rough edges, growing and shrinking."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Pixels = NDArray[np.uint8]

_STRIP = 1024


class Mending(StrEnum):
    """What can be done to an area."""

    FILL_HOLES = "fill_holes"
    REMOVE_SPECKS = "remove_specks"
    SMOOTH = "smooth"
    GROW = "grow"
    SHRINK = "shrink"


SIZES = {Mending.REMOVE_SPECKS: 8, Mending.SMOOTH: 3, Mending.GROW: 1, Mending.SHRINK: 1}
"""What `size` is for a whole class, in pixels."""


def mended(mask: Mask, mending: Mending, size: int | None = None) -> Mask:
    """The mask (H, W) bool after one mending of `size` pixels, by default that of SIZES.

    An edge moves by `size`; specks have fewer than `size` * `size` pixels; smoothing takes what is
    narrower than about `size`. Holes are areas that do not touch the border of the array; an area
    that touches it goes on beyond, and does not shrink or round there.
    """
    size = SIZES.get(mending, 0) if size is None else size
    pixels = np.ascontiguousarray(mask).view(np.uint8)
    match mending:
        case Mending.FILL_HOLES:
            return _without_holes(pixels)
        case Mending.REMOVE_SPECKS:
            return _without_specks(pixels, size * size)
        case Mending.SMOOTH:
            return _by_strips(pixels, 2 * size, lambda part: _smooth(part, size))
        case Mending.GROW:
            return _by_strips(pixels, size, lambda part: ~_far_from(part, size))
        case Mending.SHRINK:
            return _by_strips(pixels, size, lambda part: _far_from(1 - part, size))


def _without_holes(pixels: Pixels) -> Mask:
    """All that cannot be reached from outside without crossing the area, over edges."""
    around = np.pad(pixels, 1)
    cv2.floodFill(around, None, (0, 0), 2, flags=4)
    return np.asarray(around[1:-1, 1:-1] != 2)


def _without_specks(pixels: Pixels, least: int) -> Mask:
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(pixels, connectivity=8)
    keeps = stats[:, cv2.CC_STAT_AREA] >= least
    keeps[0] = False
    return np.asarray(keeps[numbers])


def _smooth(pixels: Pixels, size: int) -> Mask:
    blurred = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), size / 2)
    return np.asarray(blurred > 0.5)


def _far_from(pixels: Pixels, distance: int) -> Mask:
    """True where no pixel of the area is within the distance."""
    if not pixels.any():
        return np.ones(pixels.shape, np.bool_)
    away = cv2.distanceTransform(1 - pixels, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away > distance)


def _by_strips(pixels: Pixels, reach: int, work: Callable[[Pixels], Mask]) -> Mask:
    """`work`, which looks `reach` pixels far, strip by strip: distances take four bytes a pixel."""
    around = np.pad(pixels, reach, mode="edge")
    result = np.empty(pixels.shape, np.bool_)
    for top in range(0, pixels.shape[0], _STRIP):
        bottom = min(top + _STRIP, pixels.shape[0])
        part = np.ascontiguousarray(around[top : bottom + 2 * reach])
        result[top:bottom] = work(part)[reach : reach + bottom - top, reach : -reach or None]
    return result
