"""An image in halving sizes, ready for the screen at any zoom."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_SMALLEST_SIDE = 512
_STRIP = 1024
KEPT_WHOLE = 64_000_000
"""Up to so many pixels the full size is kept in the screen's order too; that is a third more."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ImagePyramid:
    """Level k is (ceil(H / 2**k), ceil(W / 2**k), 4) uint8 in the order blue, green, red, 255.

    That is what Qt calls RGB32 on a little-endian machine. `levels[0]` is None for a large image:
    its blocks are turned into that order when they are looked at. Read-only.
    """

    rgb: Pixels
    levels: list[Pixels | None]

    @classmethod
    def build(cls, rgb: Pixels) -> ImagePyramid:
        """Halve an (H, W, 3) uint8 RGB image by area until its longer side is at most 512."""
        is_large = rgb.shape[0] * rgb.shape[1] > KEPT_WHOLE
        levels: list[Pixels | None] = [None if is_large else _screen_order(rgb)]
        shape = rgb.shape[:2]
        while max(shape) > _SMALLEST_SIDE:
            above = levels[-1]
            level = _halved_in_strips(rgb) if above is None else _halved(above)
            level.setflags(write=False)
            levels.append(level)
            shape = level.shape[:2]
        return cls(rgb, levels)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the image."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @property
    def count(self) -> int:
        """How many levels there are."""
        return len(self.levels)

    @property
    def nbytes(self) -> int:
        """Memory of the levels, without the image itself."""
        return sum(level.nbytes for level in self.levels if level is not None)

    def shape(self, level: int) -> tuple[int, int]:
        """Height and width of a level."""
        found = self.levels[level]
        return (self.rgb if found is None else found).shape[:2]

    def stored(self, level: int) -> Pixels | None:
        """A whole level, contiguous, if it is kept."""
        return self.levels[level]

    def block(self, level: int, x0: int, y0: int, x1: int, y1: int) -> Pixels:
        """A contiguous block of a level, in its own coordinates and inside of it."""
        found = self.levels[level]
        if found is None:
            return _screen_order(self.rgb[y0:y1, x0:x1])
        return np.ascontiguousarray(found[y0:y1, x0:x1])


def _halved(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    half = (max(1, (width + 1) // 2), max(1, (height + 1) // 2))
    return np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), np.uint8)


def _halved_in_strips(rgb: Pixels) -> Pixels:
    """Half of an RGB image in the screen's order, without another copy on the way."""
    height, width = rgb.shape[:2]
    result = np.empty(((height + 1) // 2, (width + 1) // 2, 4), np.uint8)
    for top in range(0, height, _STRIP):
        part = _screen_order(_halved(rgb[top : top + _STRIP]))
        result[top // 2 : top // 2 + len(part)] = part
    return result


def _screen_order(rgb: Pixels) -> Pixels:
    array = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA), np.uint8)
    array.setflags(write=False)
    return array
