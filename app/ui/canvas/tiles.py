"""Tiles of the overlay in view, kept as QImages and patched where the layers change."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.document.id_pyramid import IdPyramid
from app.ui.canvas.overlay import OverlayTables, compose, rimmed

TILE = 256
KEPT = 240

Key = tuple[int, int, int]
Block = tuple[int, int, int, int]


class OverlayTiles:
    """Premultiplied ARGB tiles, 256 pixels square, of any level; the 240 used last stay.

    On a large screen more do.

    Each QImage looks straight into its numpy array. The QImage is never copied or shared: that
    would detach it from the array.
    """

    def __init__(
        self,
        labels: IdPyramid,
        looks: OverlayTables,
        prediction: IdPyramid | None = None,
        confidence: IdPyramid | None = None,
    ) -> None:
        self._labels = labels
        self._looks = looks
        self.prediction = prediction
        self._confidence = confidence
        self._tiles: OrderedDict[Key, tuple[NDArray[np.uint32], QImage]] = OrderedDict()
        self._kept = KEPT

    def set_guesses(self, prediction: IdPyramid | None, confidence: IdPyramid | None) -> None:
        """Draw another prediction from now on, or its confidence as a heat map."""
        self.prediction, self._confidence = prediction, confidence
        self._tiles.clear()

    def set_looks(self, looks: OverlayTables) -> None:
        """Draw with other colours from now on."""
        self._looks = looks
        self._tiles.clear()

    def image(self, level: int, column: int, row: int) -> QImage:
        """The tile as an image, composed now if it is not kept."""
        key = (level, column, row)
        if key not in self._tiles:
            pixels = self._composed(level, self._block(level, column, row))
            height, width = pixels.shape
            image = QImage(
                pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
            )
            self._tiles[key] = (pixels, image)
            while len(self._tiles) > self._kept:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end(key)
        return self._tiles[key][1]

    def prepare(self, level: int, seen: Block) -> bool:
        """Compose one tile in or next to a rectangle (image pixels); False when all are there."""
        height, width = self._labels.shape(level)
        x0, y0, x1, y1 = (value >> level for value in seen)
        rows = range(max(0, y0 // TILE - 1), min(-(-height // TILE), y1 // TILE + 2))
        columns = range(max(0, x0 // TILE - 1), min(-(-width // TILE), x1 // TILE + 2))
        self._kept = max(KEPT, len(rows) * len(columns))
        for row in rows:
            for column in columns:
                if (level, column, row) not in self._tiles:
                    self.image(level, column, row)
                    return True
        return False

    def follow(self, x0: int, y0: int, x1: int, y1: int, *, level: int) -> None:
        """Draw a changed rectangle (image pixels) anew in the tiles of the level on screen.

        Tiles of other levels that it touches are forgotten.
        """
        for other in range(self._labels.count):
            height, width = self._labels.shape(other)
            # One pixel more on each side: its neighbour may have become an edge.
            left, top = max(0, (x0 >> other) - 1), max(0, (y0 >> other) - 1)
            right = min(width, -(-x1 >> other) + 1)
            bottom = min(height, -(-y1 >> other) + 1)
            for row in range(top // TILE, -(-bottom // TILE)):
                for column in range(left // TILE, -(-right // TILE)):
                    key = (other, column, row)
                    if key not in self._tiles:
                        continue
                    if other != level:
                        del self._tiles[key]
                        continue
                    self._patch(key, (left, top, right, bottom))

    def _patch(self, key: Key, changed: Block) -> None:
        x0, y0, x1, y1 = self._block(*key)
        part = (max(x0, changed[0]), max(y0, changed[1]), min(x1, changed[2]), min(y1, changed[3]))
        pixels = self._tiles[key][0]
        pixels[part[1] - y0 : part[3] - y0, part[0] - x0 : part[2] - x0] = self._composed(
            key[0], part
        )

    def _block(self, level: int, column: int, row: int) -> Block:
        height, width = self._labels.shape(level)
        x, y = column * TILE, row * TILE
        return x, y, min(width, x + TILE), min(height, y + TILE)

    def _composed(self, level: int, block: Block) -> NDArray[np.uint32]:
        height, width = self._labels.shape(level)
        x0, y0, x1, y1 = block
        wide = (max(0, x0 - 1), max(0, y0 - 1), min(width, x1 + 1), min(height, y1 + 1))
        rim = (wide[0] - x0 + 1, wide[1] - y0 + 1, x1 + 1 - wide[2], y1 + 1 - wide[3])

        layers = [
            rimmed(layer.block(level, *wide), rim) if layer is not None else None
            for layer in (self._labels, self.prediction, self._confidence)
        ]
        assert layers[0] is not None
        pixels = compose(layers[0], layers[1], layers[2], self._looks, x=x0, y=y0)
        return np.ascontiguousarray(pixels)
