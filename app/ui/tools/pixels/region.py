"""Connected areas: of one id, or of one colour within a tolerance."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def area_of_id(ids: NDArray[np.uint8], x: int, y: int) -> tuple[int, int, NDArray[np.bool_]]:
    """The connected area (over edges) of the id at pixel x, y: left, top, (h, w) bool mask."""
    return _flooded(ids, x, y, 0)


def area_of_colour(
    image: NDArray[np.uint8], x: int, y: int, *, tolerance: int
) -> tuple[int, int, NDArray[np.bool_]]:
    """The connected area whose channels differ from pixel x, y by at most `tolerance`."""
    return _flooded(image, x, y, tolerance)


def _flooded(
    image: NDArray[np.uint8], x: int, y: int, tolerance: int
) -> tuple[int, int, NDArray[np.bool_]]:
    height, width = image.shape[:2]
    mask = np.zeros((height + 2, width + 2), np.uint8)
    difference = (tolerance,) * 3
    flags = 4 | (1 << 8) | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE
    _, _, _, (left, top, across, down) = cv2.floodFill(
        np.ascontiguousarray(image), mask, (x, y), (0, 0, 0), difference, difference, flags
    )
    # The mask has a rim of one pixel.
    part = mask[top + 1 : top + 1 + down, left + 1 : left + 1 + across]
    return left, top, np.ascontiguousarray(part).view(np.bool_)
