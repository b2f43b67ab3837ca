"""What the canvas draws of an open image: the picture's levels and the overlay's tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.ui.canvas.id_pyramid import IdPyramid
from app.ui.canvas.overlay import OverlayTables
from app.ui.canvas.tiles import OverlayTiles

if TYPE_CHECKING:
    from app.opening import OpenImage


class CanvasLayers:
    """The drawable side of an OpenImage; holds its arrays, so their memory stays valid."""

    def __init__(self, image: OpenImage, looks: OverlayTables) -> None:
        self.source = image
        self.height, self.width = image.layers.labels.shape
        self._looks = looks
        self._levels = [(pixels, _rgb32(pixels)) for pixels in image.pyramid.levels]
        self._labels = IdPyramid(image.layers.labels)
        self.take_prediction()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in image pixels."""
        return self.width, self.height

    def picture(self, scale: float) -> QImage:
        """The level of the picture for `scale` (device pixels per image pixel)."""
        return self._levels[self._picture_level(scale)][1]

    def picture_pixels(self, scale: float) -> NDArray[np.uint8]:
        """The same level as an array, (h, w, 4) uint8."""
        return self._levels[self._picture_level(scale)][0]

    def _picture_level(self, scale: float) -> int:
        return min(level_below(scale), len(self._levels) - 1)

    def overlay_level(self, scale: float) -> int:
        """The level of the overlay for `scale`."""
        return min(level_below(scale * 0.75), self._labels.count - 1)

    def take_prediction(self) -> None:
        """Draw the prediction that the image has now."""
        layers = self.source.layers
        confidence = layers.confidence if self._looks.heat is not None else None
        self._guesses = [
            None if layer is None else IdPyramid(layer) for layer in (layers.prediction, confidence)
        ]
        self.tiles = OverlayTiles(self._labels, *self._guesses)
        self.tiles.set_looks(self._looks)
        # Labels come with them: when this is called first, they are samples as well.
        self._unrefined = [] if self._labels.is_exact else self._labels.blocks()

    def set_looks(self, looks: OverlayTables) -> None:
        """Draw the overlay with other colours."""
        had_heat, self._looks = self._looks.heat is not None, looks
        if had_heat != (looks.heat is not None):
            self.take_prediction()
        else:
            self.tiles.set_looks(looks)

    def follow(self, x: int, y: int, width: int, height: int, *, level: int) -> None:
        """Take over a changed rectangle of the labels; `level` of the overlay is on screen."""
        self._labels.follow(x, y, x + width, y + height)
        self.tiles.follow(x, y, x + width, y + height, level=level)

    def refine(self, *, level: int) -> tuple[int, int, int, int] | None:
        """Make one block of a very large overlay exact: x0, y0, x1, y1; None when all are."""
        if not self._unrefined:
            return None
        block = self._unrefined.pop(0)
        for pyramid in (self._labels, *self._guesses):
            if pyramid is not None:
                pyramid.follow(*block)
        self.tiles.follow(*block, level=level)
        return block


def level_below(scale: float) -> int:
    """The smallest picture that still has a pixel for each device pixel: 0 from 100 % up."""
    level = 0
    while scale <= 0.5:
        scale *= 2
        level += 1
    return level


def _rgb32(pixels: NDArray[np.uint8]) -> QImage:
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB32)
