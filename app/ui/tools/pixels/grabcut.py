"""GrabCut: the object in a box, cut out by colour (Rother et al. 2004, OpenCV's)."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from app.ui.tools.pixels.stroke import Stamp

MOST_PIXELS = 60_000
ROUNDS = 3
_RIM = 3

Rgb = NDArray[np.uint8]
Marks = NDArray[np.uint8]


def cut_out(
    image: Rgb, box: tuple[int, int, int, int], is_dropped: Callable[[], bool] = lambda: False
) -> Stamp:
    """The object in `box` = x0, y0, x1, y1 of (H, W, 3) uint8 RGB; empty when there is none.

    A ring around the box, a quarter of its size, is the sample of the background. A large box is
    cut at reduced size first; then, tile by tile, the rim of what was found is cut at full size,
    until it `is_dropped`.
    """
    x0, y0, x1, y1 = box
    margin = max(8, (x1 - x0) // 4, (y1 - y0) // 4)
    left, top = max(0, x0 - margin), max(0, y0 - margin)
    right, bottom = min(image.shape[1], x1 + margin), min(image.shape[0], y1 + margin)
    part = image[top:bottom, left:right]
    inside = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    marks = np.full(part.shape[:2], cv2.GC_BGD, np.uint8)
    marks[inside] = cv2.GC_PR_FGD
    scale = min(1.0, (MOST_PIXELS / marks.size) ** 0.5)
    found = _found(_resized(part, scale), _resized(marks, scale, cv2.INTER_NEAREST))
    if scale < 1:
        size = (part.shape[1], part.shape[0])
        whole = cv2.resize(found.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        rim = round(_RIM / scale)
        found = _refined(part, np.asarray(whole, np.uint8), rim, is_dropped)
        found &= marks == cv2.GC_PR_FGD
    return Stamp(x0, y0, np.ascontiguousarray(found[inside]))


def _refined(
    part: Rgb, whole: NDArray[np.uint8], rim: int, is_dropped: Callable[[], bool]
) -> NDArray[np.bool_]:
    """Cut the pixels within `rim` of the edge anew, in tiles of a size that is cut at once."""
    kernel = np.ones((2 * rim + 1, 2 * rim + 1), np.uint8)
    sure, possible = cv2.erode(whole, kernel), cv2.dilate(whole, kernel)
    marks = np.full(whole.shape, cv2.GC_BGD, np.uint8)
    marks[possible > 0] = cv2.GC_PR_BGD
    marks[whole > 0] = cv2.GC_PR_FGD
    marks[sure > 0] = cv2.GC_FGD
    found = whole.astype(np.bool_)
    side = int(MOST_PIXELS**0.5)
    for y in range(0, whole.shape[0], side):
        for x in range(0, whole.shape[1], side):
            core = np.s_[y : y + side, x : x + side]
            if is_dropped():
                return found
            if not np.isin(marks[core], (cv2.GC_PR_BGD, cv2.GC_PR_FGD)).any():
                continue
            # Seen with a rim around, so that each tile knows of both sides.
            y0, x0 = max(0, y - 2 * rim), max(0, x - 2 * rim)
            seen = np.s_[y0 : y + side + 2 * rim, x0 : x + side + 2 * rim]
            cut = _found(np.ascontiguousarray(part[seen]), np.ascontiguousarray(marks[seen]))
            height, width = found[core].shape
            found[core] = cut[y - y0 : y - y0 + height, x - x0 : x - x0 + width]
    return found


def _found(image: Rgb, marks: Marks) -> NDArray[np.bool_]:
    """Run GrabCut from these marks; where they hold one side only, they are the answer."""
    is_object = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if is_object.any() and not is_object.all():
        outside, inside = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.setRNGSeed(0)
        nowhere = (0, 0, 0, 0)
        cv2.grabCut(image, marks, nowhere, outside, inside, ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _resized(array: NDArray[np.uint8], scale: float, how: int = cv2.INTER_AREA) -> Rgb:
    size = max(2, round(array.shape[1] * scale)), max(2, round(array.shape[0] * scale))
    return np.ascontiguousarray(cv2.resize(array, size, interpolation=how), np.uint8)
