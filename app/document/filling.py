"""Accepting a prediction: the edit that copies it to where nothing is labelled, tile by tile."""

from __future__ import annotations

import time
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED
from app.document.edit import TILE, Edit, TileChange

Ids = NDArray[np.uint8]
_STRIP = 1024


def filling(labels: Ids, prediction: Ids, name: str) -> Edit | None:
    """The edit that sets unlabelled pixels to the predicted ids; None when it changes nothing.

    Both are (H, W) uint8 and only read. Some 10 ms a megapixel: in another thread for a large
    image.
    """
    height, width = labels.shape
    changes = []
    for y in range(0, height, TILE):
        for x in range(0, width, TILE):
            before = labels[y : y + TILE, x : x + TILE]
            is_free = before == UNLABELLED
            if not is_free.any():
                continue
            after = np.where(is_free, prediction[y : y + TILE, x : x + TILE], before)
            if not np.array_equal(before, after):
                rows, columns = before.shape
                changes.append(TileChange(x, y, columns, rows, _packed(before), _packed(after)))
    return Edit(name, tuple(changes), time.time()) if changes else None


def fill(labels: Ids, prediction: Ids) -> None:
    """Do it, in place; strip by strip, so that no mask of the whole image is needed."""
    for top in range(0, labels.shape[0], _STRIP):
        part = labels[top : top + _STRIP]
        np.copyto(part, prediction[top : top + _STRIP], where=part == UNLABELLED)


def _packed(tile: Ids) -> bytes:
    lowest = int(tile.min())
    if lowest == int(tile.max()):
        return _packed_of_one(lowest, tile.size)
    return zlib.compress(tile.tobytes(), 1)


@lru_cache(maxsize=256)
def _packed_of_one(value: int, count: int) -> bytes:
    """Most tiles are of one class, and were of none."""
    return zlib.compress(bytes([value]) * count, 1)
