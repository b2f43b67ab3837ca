"""The exact pixels of a brush: a disc or square moved along a straight line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray


class BrushShape(StrEnum):
    """The form of the brush."""

    ROUND = "round"
    SQUARE = "square"


@dataclass(frozen=True, eq=False)
class Stamp:
    """Pixels to be set: `mask` (h, w) bool with its upper left pixel at `x`, `y` of the image.

    It may reach beyond the image.
    """

    x: int
    y: int
    mask: NDArray[np.bool_]


def segment(
    start: tuple[int, int], end: tuple[int, int], *, radius: int, shape: BrushShape
) -> Stamp:
    """A brush moved from one pixel to another; both are pixel indices, `radius` >= 0.

    The brush is 2 * radius + 1 pixels wide; a round one of a click is exactly
    x * x + y * y <= radius * radius.
    """
    x = min(start[0], end[0]) - radius
    y = min(start[1], end[1]) - radius
    width = abs(start[0] - end[0]) + 2 * radius + 1
    height = abs(start[1] - end[1]) + 2 * radius + 1
    mask = np.zeros((height, width), np.uint8)
    here, there = (start[0] - x, start[1] - y), (end[0] - x, end[1] - y)
    if shape is BrushShape.ROUND and radius > 0:
        # Thickness 2r gives the exact disc of radius r; odd values are not honoured by OpenCV,
        # and an anti-aliased line would invent ids.
        cv2.line(mask, here, there, 1, thickness=2 * radius, lineType=cv2.LINE_8)
    else:
        cv2.line(mask, here, there, 1, thickness=1, lineType=cv2.LINE_8)
        if radius > 0:
            side = 2 * radius + 1
            mask = np.asarray(cv2.dilate(mask, np.ones((side, side), np.uint8)), np.uint8)
    return Stamp(x, y, mask.view(np.bool_))


def rim(*, radius: int, shape: BrushShape) -> list[tuple[int, int]]:
    """The corners of the outline around a brush's pixels, relative to its middle pixel."""
    stamp = segment((0, 0), (0, 0), radius=radius, shape=shape)
    width = stamp.mask.shape[1]
    lefts = (stamp.mask.argmax(axis=1) + stamp.x).tolist()
    rights = (width - stamp.mask[:, ::-1].argmax(axis=1) + stamp.x).tolist()
    down = _side(rights, stamp.y)
    return down + _side(lefts, stamp.y)[::-1]


def _side(columns: list[int], top: int) -> list[tuple[int, int]]:
    """Corners along one side: two where the column changes, none within straight parts."""
    corners = [(columns[0], top)]
    for row in range(1, len(columns)):
        if columns[row] != columns[row - 1]:
            corners += [(columns[row - 1], top + row), (columns[row], top + row)]
    return [*corners, (columns[-1], top + len(columns))]
