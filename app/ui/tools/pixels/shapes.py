"""Areas inside of shapes: a pixel belongs to a shape when its middle does."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from app.ui.tools.pixels.stroke import Stamp

Corner = tuple[float, float]


def polygon(corners: Sequence[Corner]) -> Stamp:
    """The pixels whose middle is inside of a closed polygon (even-odd rule), in image pixels."""
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    x, y = math.floor(min(xs)), math.floor(min(ys))
    width, height = math.ceil(max(xs)) - x, math.ceil(max(ys)) - y
    # Each edge flips every pixel to its right; what was flipped an odd number of times is inside.
    flips = np.zeros((max(height, 1), max(width, 1) + 1), np.uint8)
    closed = [*corners[1:], corners[0]]
    for (x0, y0), (x1, y1) in zip(corners, closed, strict=True):
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        rows = np.arange(math.ceil(y0 - y - 0.5), math.ceil(y1 - y - 0.5))
        if len(rows):
            crossing = x0 + (rows + y + 0.5 - y0) * (x1 - x0) / (y1 - y0)
            columns = np.ceil(crossing - x - 0.5).astype(np.intp)
            flips[rows, np.clip(columns, 0, flips.shape[1] - 1)] ^= 1
    inside = np.bitwise_xor.accumulate(flips, axis=1)[:, :-1]
    return Stamp(x, y, np.ascontiguousarray(inside).view(np.bool_))


def rectangle(start: tuple[int, int], end: tuple[int, int]) -> Stamp:
    """All pixels between two pixels, both included."""
    x, y, width, height = _box(start, end)
    return Stamp(x, y, np.ones((height, width), np.bool_))


def ellipse(start: tuple[int, int], end: tuple[int, int]) -> Stamp:
    """The ellipse that fits into the rectangle between two pixels, both included."""
    x, y, width, height = _box(start, end)
    across = (np.arange(width) + 0.5 - width / 2) / (width / 2)
    down = (np.arange(height) + 0.5 - height / 2) / (height / 2)
    return Stamp(x, y, across[None, :] ** 2 + down[:, None] ** 2 <= 1)


def squared(start: tuple[int, int], end: tuple[int, int]) -> tuple[int, int]:
    """The end moved so that the rectangle from `start` has equal sides."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    side = max(abs(dx), abs(dy))
    return start[0] + int(math.copysign(side, dx)), start[1] + int(math.copysign(side, dy))


def _box(start: tuple[int, int], end: tuple[int, int]) -> tuple[int, int, int, int]:
    x, y = min(start[0], end[0]), min(start[1], end[1])
    return x, y, abs(start[0] - end[0]) + 1, abs(start[1] - end[1]) + 1
