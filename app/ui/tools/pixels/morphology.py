"""Mending the area of a class: holes, specks, rough edges, growing and shrinking."""

from __future__ import annotations

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
SPECK = 64


class Mending(StrEnum):
    """What can be done to an area."""

    FILL_HOLES = "fill_holes"
    REMOVE_SPECKS = "remove_specks"
    SMOOTH = "smooth"
    GROW = "grow"
    SHRINK = "shrink"


def mended(mask: Mask, mending: Mending) -> Mask:
    """The mask (H, W) bool after one mending; the border of the array counts as outside."""
    pixels = np.pad(mask.astype(np.uint8), 2)
    return np.ascontiguousarray(_mended(pixels, mending)[2:-2, 2:-2]).view(np.bool_)


def _mended(pixels: NDArray[np.uint8], mending: Mending) -> NDArray[np.uint8]:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    match mending:
        case Mending.FILL_HOLES:
            return 1 - _without_small(1 - pixels, keeps_border=True)
        case Mending.REMOVE_SPECKS:
            return _without_small(pixels, keeps_border=False)
        case Mending.SMOOTH:
            blurred = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), 1.5)
            return (blurred > 0.5).astype(np.uint8)
        case Mending.GROW:
            return np.asarray(cv2.dilate(pixels, disc), np.uint8)
        case Mending.SHRINK:
            return np.asarray(cv2.erode(pixels, disc), np.uint8)


def _without_small(pixels: NDArray[np.uint8], *, keeps_border: bool) -> NDArray[np.uint8]:
    """Without areas under SPECK pixels; or, of the outside, only what touches the border."""
    connectivity = 4 if keeps_border else 8
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(pixels, connectivity=connectivity)
    if keeps_border:
        keeps = np.zeros(len(stats), np.uint8)
        keeps[numbers[0, 0]] = 1
    else:
        keeps = (stats[:, cv2.CC_STAT_AREA] >= SPECK).astype(np.uint8)
        keeps[0] = 0
    return keeps[numbers]
