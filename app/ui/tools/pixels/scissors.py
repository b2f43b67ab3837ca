"""Paths that keep to edges (Mortensen and Barrett 1995, OpenCV's intelligent scissors)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 384


class EdgePaths:
    """Best paths from one pixel of an image to those around it, within 384 x 384 pixels."""

    def __init__(self, image: NDArray[np.uint8], x: int, y: int) -> None:
        """`image` is (H, W, 3) uint8 RGB, x, y a pixel inside. Takes about 50 ms."""
        height, width = image.shape[:2]
        self._left = max(0, min(x - SIDE // 2, width - SIDE))
        self._top = max(0, min(y - SIDE // 2, height - SIDE))
        part = image[self._top : self._top + SIDE, self._left : self._left + SIDE]
        self._height, self._width = part.shape[:2]
        self._start = (x, y)
        self._scissors = cv2.segmentation.IntelligentScissorsMB()
        self._scissors.setEdgeFeatureCannyParameters(32, 100)
        self._scissors.setGradientMagnitudeMaxLimit(200)
        self._scissors.applyImage(np.ascontiguousarray(part))
        self._scissors.buildMap((x - self._left, y - self._top))

    def path_to(self, x: int, y: int) -> list[tuple[float, float]]:
        """Middles of the pixels on the way to x, y; a straight line where it is too far."""
        column, row = x - self._left, y - self._top
        if not (0 <= column < self._width and 0 <= row < self._height):
            return [(self._start[0] + 0.5, self._start[1] + 0.5), (x + 0.5, y + 0.5)]
        contour = np.asarray(self._scissors.getContour((column, row))).reshape(-1, 2)
        return [(float(cx) + self._left + 0.5, float(cy) + self._top + 0.5) for cx, cy in contour]
