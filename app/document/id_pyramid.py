"""Smaller versions of an id layer that keep thin strokes: the highest id of a block wins.

Nearest sampling at 1/16 loses most of a 3-pixel line; here any id beats UNLABELLED, and an object
beats the background (0).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FIRST_STORED = 2
SMALLEST = 512
STRIP = 1024
"""Rows pooled at a time, and the side of the blocks of a change that is taken over piecemeal."""
AT_ONCE = 2_000_000
"""Pixels of a change that are pooled at once: some milliseconds."""
_MOST_WAITING = 64

Ids = NDArray[np.uint8]
Box = tuple[int, int, int, int]


def halved(ids: Ids) -> Ids:
    """Half the size (rounded up) of (H, W) uint8 ids: per 2x2 block the highest that is set."""
    height, width = ids.shape
    # 255 (unlabelled) wraps to 0, so that every id is above it.
    shifted = np.zeros((height + height % 2, width + width % 2), np.uint8)
    np.add(ids, np.uint8(1), out=shifted[:height, :width])
    rows = np.maximum(shifted[0::2], shifted[1::2])
    pooled = np.maximum(rows[:, 0::2], rows[:, 1::2])
    return np.subtract(pooled, np.uint8(1), out=pooled)


def _quartered(ids: Ids) -> Ids:
    """Halve twice, strip by strip: in one go it would take as much memory again."""
    height, width = -(-ids.shape[0] // 4), -(-ids.shape[1] // 4)
    result = np.empty((height, width), np.uint8)
    for top in range(0, ids.shape[0], STRIP):
        part = halved(halved(ids[top : top + STRIP]))
        result[top // 4 : top // 4 + len(part)] = part
    return result


class IdPyramid:
    """Level k of `base` (H, W) uint8, 1 / 2**k of its size; follows changes by rectangles.

    Level 0 is `base` itself, level 1 is computed when asked (storing it would cost a quarter of
    the base), the rest is stored. A base of one value without memory of its own (strides 0) gives
    levels without memory. Building takes 4 ms a megapixel: not for the GUI thread.
    Afterwards one thread owns it, that which writes the base.
    """

    def __init__(self, base: Ids) -> None:
        self.base = base
        self._stored: list[Ids] = []
        if max(base.shape) > SMALLEST:
            level = _quartered(base) if any(base.strides) else base[::4, ::4]
            self._stored.append(level)
            while max(level.shape) > SMALLEST:
                level = halved(level) if any(base.strides) else level[::2, ::2]
                self._stored.append(level)
        # What each level does not hold yet. It is taken over when the level is looked at: during
        # a stroke that is one level, and the others wait.
        self._waiting: list[list[Box]] = [[] for _ in self._stored]
        self._blocks: list[Box] = []

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
        self._bring_up(level - FIRST_STORED)
        return self._stored[level - FIRST_STORED][y0:y1, x0:x1]

    def follow(self, x0: int, y0: int, x1: int, y1: int) -> bool:
        """Take over a changed rectangle of the base.

        False: it is too large for now, the smaller levels are to be made right by `refine`.
        """
        if not self._stored:
            return True
        if (x1 - x0) * (y1 - y0) > AT_ONCE:
            self._blocks += _cut((x0, y0, x1, y1))
            return False
        self._wait(0, (x0, y0, x1, y1))
        return True

    def refine(self) -> Box | None:
        """Make one block of a very large change right: x0, y0, x1, y1 of it; None when all are."""
        if not self._blocks:
            return None
        block = self._blocks.pop(0)
        self._wait(0, block)
        return block

    def _wait(self, index: int, box: Box) -> None:
        waiting = self._waiting[index]
        if waiting and (both := _joined(waiting[-1], box)) is not None:
            waiting[-1] = both
        else:
            waiting.append(box)
        if len(waiting) > _MOST_WAITING:
            self._bring_up(index)

    def _bring_up(self, index: int) -> None:
        if index > 0:
            self._bring_up(index - 1)
        boxes, self._waiting[index] = self._waiting[index], []
        for box in boxes:
            self._pool(index, box)
            if index + 1 < len(self._stored):
                self._wait(index + 1, box)

    def _pool(self, index: int, box: Box) -> None:
        level, stored = index + FIRST_STORED, self._stored[index]
        left, top = box[0] >> level, box[1] >> level
        right, bottom = -(-box[2] >> level), -(-box[3] >> level)
        if index == 0:
            part = halved(halved(self.base[4 * top : 4 * bottom, 4 * left : 4 * right]))
        else:
            part = halved(self._stored[index - 1][2 * top : 2 * bottom, 2 * left : 2 * right])
        stored[top : top + part.shape[0], left : left + part.shape[1]] = part


def _joined(one: Box, other: Box) -> Box | None:
    """The box around both, unless that would be much more to do."""
    box = (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )
    return box if _area(box) <= 1.5 * (_area(one) + _area(other)) else None


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _cut(box: Box) -> list[Box]:
    x0, y0, x1, y1 = box
    return [
        (x, y, min(x1, x + STRIP), min(y1, y + STRIP))
        for y in range(y0, y1, STRIP)
        for x in range(x0, x1, STRIP)
    ]
