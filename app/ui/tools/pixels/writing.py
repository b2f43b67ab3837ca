"""What stamped pixels do to the labels: within the image and the target, as one edit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.document.edit import Edit, Rect, edit_by_tiles
from app.document.layers import ImageLayers
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.pixels.target import Ids, Target, write


@dataclass(frozen=True, eq=False)
class Writing:
    """Set `value`, one id or ids of the stamp's (h, w), where stamp and target allow."""

    stamp: Stamp
    value: int | Ids
    target: Target
    name: str

    def box(self, layers: ImageLayers) -> Rect | None:
        """The part of the stamp inside of the image; None when it lies beside it."""
        height, width = layers.labels.shape
        x0, y0 = max(0, self.stamp.x), max(0, self.stamp.y)
        x1 = min(width, self.stamp.x + self.stamp.mask.shape[1])
        y1 = min(height, self.stamp.y + self.stamp.mask.shape[0])
        return Rect(x0, y0, x1 - x0, y1 - y0) if x0 < x1 and y0 < y1 else None

    def write(self, layers: ImageLayers, box: Rect, into: Ids | None = None) -> None:
        """Do it in a box of the image that the stamp covers; `into` stands for its labels."""
        seen = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
        top, left = box.y - self.stamp.y, box.x - self.stamp.x
        own = np.s_[top : top + box.height, left : left + box.width]
        value = self.value if isinstance(self.value, int) else self.value[own]
        prediction = None if layers.prediction is None else layers.prediction[seen]
        labels = layers.labels[seen] if into is None else into
        write(labels, prediction, self.stamp.mask[own], value, self.target)

    def edit(self, layers: ImageLayers) -> Edit | None:
        """The edit that does it, without doing it; None when no pixel would change."""
        box = self.box(layers)
        if box is None:
            return None

        def after(tile: Rect) -> Ids:
            new = layers.labels[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width].copy()
            x0, y0 = max(tile.x, box.x), max(tile.y, box.y)
            x1 = min(tile.x + tile.width, box.x + box.width)
            y1 = min(tile.y + tile.height, box.y + box.height)
            part = new[y0 - tile.y : y1 - tile.y, x0 - tile.x : x1 - tile.x]
            self.write(layers, Rect(x0, y0, x1 - x0, y1 - y0), part)
            return new

        return edit_by_tiles(layers.labels, box, after, self.name)
