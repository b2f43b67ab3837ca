"""The picture's levels as QImages; of a level that is not kept whole, the block looked at last."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from app.ui.canvas.tone import Tone, toned

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]


class Picture(Protocol):
    """Halving sizes of a picture, (h, w, 4) uint8 in Qt's RGB32 order; level 0 is the full size."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of level 0."""

    @property
    def count(self) -> int:
        """How many levels there are."""

    def shape(self, level: int) -> tuple[int, int]:
        """Height and width of a level."""

    def stored(self, level: int) -> Pixels | None:
        """A whole level, contiguous, if it is kept."""

    def block(self, level: int, x0: int, y0: int, x1: int, y1: int) -> Pixels:
        """A contiguous block of a level, inside of it."""


class PictureImages:
    """What the painter draws of a picture. GUI thread."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        stored = [picture.stored(level) for level in range(picture.count)]
        self._whole = [None if pixels is None else (pixels, rgb32(pixels)) for pixels in stored]
        self._kept: tuple[int, Box, Tone, Pixels, QImage] | None = None

    def level(self, scale: float) -> int:
        """The level for `scale` (device pixels per image pixel)."""
        return min(level_below(scale), self.picture.count - 1)

    def small(self, side: int) -> QImage:
        """The whole picture, with its longer side at least `side` if it has as many pixels."""
        level = self.level(side / max(self.picture.size))
        height, width = self.picture.shape(level)
        return self.image(level, (0, 0, width, height), Tone())[0]

    def image(self, level: int, box: Box, tone: Tone) -> tuple[QImage, QRectF]:
        """An image with the pixels of a box of a level, and where in the image they are."""
        whole = self._whole[level]
        if whole is not None and tone.is_plain:
            return whole[1], _rect(box, (0, 0))
        kept = self._kept
        if kept is None or kept[0] != level or kept[2] != tone or not _contains(kept[1], box):
            kept = self._made(level, box, tone)
            # A strip at the border, as when panning, must not drive out the whole view.
            if self._kept is None or 4 * _area(box) > _area(self._kept[1]):
                self._kept = kept
        return kept[4], _rect(box, kept[1][:2])

    def forget(self) -> None:
        """The picture's blocks have changed."""
        self._kept = None

    def _made(self, level: int, box: Box, tone: Tone) -> tuple[int, Box, Tone, Pixels, QImage]:
        pixels = self.picture.block(level, *box)
        if not tone.is_plain:
            pixels = toned(pixels, tone)
        return level, box, tone, pixels, rgb32(pixels)


def level_below(scale: float) -> int:
    """The smallest picture that still has a pixel for each device pixel: 0 from 100 % up."""
    level = 0
    while scale <= 0.5:
        scale *= 2
        level += 1
    return level


def rgb32(pixels: Pixels) -> QImage:
    """A view of (h, w, 4) uint8; the array must live as long."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)


def _rect(box: Box, origin: tuple[int, ...]) -> QRectF:
    return QRectF(box[0] - origin[0], box[1] - origin[1], box[2] - box[0], box[3] - box[1])


def _contains(outer: Box, inner: Box) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and outer[2] >= inner[2]
        and outer[3] >= inner[3]
    )


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
