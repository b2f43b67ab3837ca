"""Accepting a prediction: the edit that copies it to where nothing is labelled, tile by tile."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED
from app.document.edit import Edit, Rect, edit_by_tiles

Ids = NDArray[np.uint8]
_STRIP = 1024


def filling(labels: Ids, prediction: Ids, name: str) -> Edit | None:
    """The edit that sets unlabelled pixels to the predicted ids; None when it changes nothing.

    Both are (H, W) uint8 and only read. Some 10 ms a megapixel: in another thread for a large
    image.
    """

    def filled(tile: Rect) -> Ids | None:
        area = np.s_[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        is_free = labels[area] == UNLABELLED
        return np.where(is_free, prediction[area], labels[area]) if is_free.any() else None

    return edit_by_tiles(labels, Rect(0, 0, labels.shape[1], labels.shape[0]), filled, name)


def fill(labels: Ids, prediction: Ids) -> None:
    """Do it, in place; strip by strip, so that no mask of the whole image is needed."""
    for top in range(0, labels.shape[0], _STRIP):
        part = labels[top : top + _STRIP]
        np.copyto(part, prediction[top : top + _STRIP], where=part == UNLABELLED)
