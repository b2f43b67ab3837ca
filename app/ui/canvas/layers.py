"""What the canvas draws of an open image: the picture's levels and the overlay's tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.document.id_pyramid import IdPyramid
from app.ui.canvas.overlay import OverlayTables
from app.ui.canvas.picture import Picture, PictureImages, level_below
from app.ui.canvas.tiles import OverlayTiles

if TYPE_CHECKING:
    from app.opening import OpenImage


class CanvasLayers:
    """The drawable side of an OpenImage; holds its arrays, so their memory stays valid."""

    def __init__(self, image: OpenImage, looks: OverlayTables) -> None:
        self.source = image
        self.height, self.width = image.layers.labels.shape
        self.picture = PictureImages(image.pyramid)
        self._labels = image.label_levels
        self.tiles = OverlayTiles(self._labels, looks)
        self.set_guesses(image.prediction_levels, None)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in image pixels."""
        return self.width, self.height

    def overlay_level(self, scale: float) -> int:
        """The level of the overlay for `scale`."""
        return min(level_below(scale * 0.75), self._labels.count - 1)

    def set_picture(self, picture: Picture) -> None:
        """Draw another picture of the same size below the masks."""
        self.picture = PictureImages(picture)

    def set_guesses(self, prediction: IdPyramid | None, confidence: IdPyramid | None) -> None:
        """Draw this prediction and, as a heat map, this confidence."""
        self.has_heat = confidence is not None
        self.tiles.set_guesses(prediction, confidence)

    def follow(self, x: int, y: int, width: int, height: int, *, level: int) -> bool:
        """Take over a changed rectangle of the labels; `level` of the overlay is on screen.

        False: the smaller levels are made right by `refine`.
        """
        is_done = self._labels.follow(x, y, x + width, y + height)
        self.tiles.follow(x, y, x + width, y + height, level=level)
        return is_done

    def refine(self, *, level: int) -> tuple[int, int, int, int] | None:
        """Take over one block of a very large change: x0, y0, x1, y1; None when all are."""
        block = self._labels.refine()
        if block is not None:
            self.tiles.follow(*block, level=level)
        return block
