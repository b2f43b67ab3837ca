"""An image in halving sizes, ready for the screen at any zoom."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_SMALLEST_SIDE = 512


@dataclass(frozen=True, eq=False)
class ImagePyramid:
    """`levels[i]` is (ceil(H / 2**i), ceil(W / 2**i), 4) uint8 in the order blue, green, red, 255.

    That is what Qt calls RGB32 on a little-endian machine. Read-only.
    """

    levels: list[NDArray[np.uint8]]

    @classmethod
    def build(cls, rgb: NDArray[np.uint8]) -> ImagePyramid:
        """Halve an (H, W, 3) uint8 RGB image by area until its longer side is at most 512."""
        level = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA)
        levels = [_frozen(level)]
        while max(level.shape[:2]) > _SMALLEST_SIDE:
            height, width = level.shape[:2]
            half = (max(1, (width + 1) // 2), max(1, (height + 1) // 2))
            level = cv2.resize(level, half, interpolation=cv2.INTER_AREA)
            levels.append(_frozen(level))
        return cls(levels)

    def level_for(self, zoom: float) -> int:
        """The smallest level that still has a pixel for each screen pixel at this zoom."""
        index = 0
        while index + 1 < len(self.levels) and zoom * 2 ** (index + 1) <= 1.0:
            index += 1
        return index


def _frozen(level: cv2.typing.MatLike) -> NDArray[np.uint8]:
    array = np.asarray(level, np.uint8)
    array.setflags(write=False)
    return array
