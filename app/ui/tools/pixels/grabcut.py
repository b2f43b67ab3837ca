"""GrabCut: the object in a box, cut out by colour (Rother et al. 2004, OpenCV's)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.ui.tools.pixels.stroke import Stamp

MOST_PIXELS = 60_000
ROUNDS = 3


def cut_out(image: NDArray[np.uint8], box: tuple[int, int, int, int]) -> Stamp:
    """The object in `box` = x0, y0, x1, y1 of (H, W, 3) uint8 RGB; empty when there is none.

    A ring around the box, a quarter of its size, is the sample of the background. Large boxes are
    cut at reduced size, so that it takes about a second at most.
    """
    x0, y0, x1, y1 = box
    margin = max(8, (x1 - x0) // 4, (y1 - y0) // 4)
    left, top = max(0, x0 - margin), max(0, y0 - margin)
    right, bottom = min(image.shape[1], x1 + margin), min(image.shape[0], y1 + margin)
    part = image[top:bottom, left:right]
    scale = min(1.0, (MOST_PIXELS / (part.shape[0] * part.shape[1])) ** 0.5)
    size = max(2, round(part.shape[1] * scale)), max(2, round(part.shape[0] * scale))
    small = np.ascontiguousarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA))
    marks = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    inner = (
        slice(round((y0 - top) * scale), max(1, round((y1 - top) * scale))),
        slice(round((x0 - left) * scale), max(1, round((x1 - left) * scale))),
    )
    marks[inner] = cv2.GC_PR_FGD
    if (marks == cv2.GC_BGD).any() and (marks == cv2.GC_PR_FGD).any():
        outside, inside = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.setRNGSeed(0)
        nowhere = (0, 0, 0, 0)
        cv2.grabCut(small, marks, nowhere, outside, inside, ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    whole = cv2.resize(found, part.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    object_mask = whole[y0 - top : y1 - top, x0 - left : x1 - left]
    return Stamp(x0, y0, np.ascontiguousarray(object_mask, np.uint8).view(np.bool_))
