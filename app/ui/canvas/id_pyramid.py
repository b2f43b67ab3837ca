"""Smaller versions of an id layer that keep thin strokes: the highest id of a block wins.

Nearest sampling at 1/16 loses most of a 3-pixel line; here any id beats UNLABELLED, and an object
beats the background (0).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UNLABELLED = 255
FIRST_STORED = 2
SMALLEST = 512
# Pooling 32 million pixels takes 0.1 s; above that it is done block by block.
POOLED_AT_ONCE = 32_000_000
BLOCK = 1024

Ids = NDArray[np.uint8]


def halved(ids: Ids) -> Ids:
    """Half the size (rounded up) of (H, W) uint8 ids: per 2x2 block the highest that is set."""
    height, width = ids.shape
    # 255 (unlabelled) wraps to 0, so that every id is above it.
    shifted = np.zeros((height + height % 2, width + width % 2), np.uint8)
    np.add(ids, np.uint8(1), out=shifted[:height, :width])
    rows = np.maximum(shifted[0::2], shifted[1::2])
    pooled = np.maximum(rows[:, 0::2], rows[:, 1::2])
    return np.subtract(pooled, np.uint8(1))


class IdPyramid:
    """Level k of `base` (H, W) uint8, 1 / 2**k of its size; follows changes by rectangles.

    Level 0 is `base` itself, level 1 is computed when asked (storing it would cost a quarter of
    the base), the rest is stored. Of a very large base the stored levels are only samples at
    first; `follow` of each of the `blocks` makes them exact.
    """

    def __init__(self, base: Ids) -> None:
        self.base = base
        self._stored: list[Ids] = []
        self.is_exact = base.size <= POOLED_AT_ONCE
        if max(base.shape) > SMALLEST:
            level = halved(halved(base)) if self.is_exact else base[::4, ::4].copy()
            self._stored.append(level)
            while max(level.shape) > SMALLEST:
                level = halved(level)
                self._stored.append(level)

    def blocks(self) -> list[tuple[int, int, int, int]]:
        """The rectangles x0, y0, x1, y1 of the base, to be followed one by one."""
        height, width = self.base.shape
        return [
            (x, y, min(width, x + BLOCK), min(height, y + BLOCK))
            for y in range(0, height, BLOCK)
            for x in range(0, width, BLOCK)
        ]

    @property
    def count(self) -> int:
        """How many levels there are, level 0 included."""
        return FIRST_STORED + len(self._stored)

    def shape(self, level: int) -> tuple[int, int]:
        """Height and width of a level."""
        height, width = self.base.shape
        return -(-height >> level), -(-width >> level)

    def block(self, level: int, x0: int, y0: int, x1: int, y1: int) -> Ids:
        """Pixels of a level, in its own coordinates; the rectangle lies inside the level."""
        if level == 0:
            return self.base[y0:y1, x0:x1]
        if level < FIRST_STORED:
            return halved(self.base[2 * y0 : 2 * y1, 2 * x0 : 2 * x1])
        return self._stored[level - FIRST_STORED][y0:y1, x0:x1]

    def follow(self, x0: int, y0: int, x1: int, y1: int) -> None:
        """Take over a changed rectangle of the base."""
        for index, stored in enumerate(self._stored):
            level = index + FIRST_STORED
            left, top = x0 >> level, y0 >> level
            right, bottom = -(-x1 >> level), -(-y1 >> level)
            if index == 0:
                part = halved(halved(self.base[4 * top : 4 * bottom, 4 * left : 4 * right]))
            else:
                below = self._stored[index - 1]
                part = halved(below[2 * top : 2 * bottom, 2 * left : 2 * right])
            stored[top : top + part.shape[0], left : left + part.shape[1]] = part
