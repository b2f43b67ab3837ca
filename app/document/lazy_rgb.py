"""The pixels of a picture larger than memory, where an array of them is expected."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.document.lazy_picture import LazyPicture


class LazyRgb:
    """Reads like an (H, W, 3) uint8 array by a pixel or a box; each time from the disk or cache."""

    dtype = np.dtype(np.uint8)
    ndim = 3

    def __init__(self, picture: LazyPicture) -> None:
        self._picture = picture
        self.shape = (picture.size[1], picture.size[0], 3)

    def __getitem__(self, key: Any) -> NDArray[np.uint8]:
        """`rgb[y, x]` or `rgb[y0:y1, x0:x1]`; steps are not known."""
        rows, columns, *rest = key if isinstance(key, tuple) else (key, slice(None))
        (y0, y1), (x0, x1) = _span(rows, self.shape[0]), _span(columns, self.shape[1])
        pixels = self._picture.read(x0, y0, x1, y1)
        place = tuple(
            0 if isinstance(part, (int, np.integer)) else slice(None) for part in (rows, columns)
        )
        return pixels[(*place, *rest)]


def _span(part: Any, length: int) -> tuple[int, int]:
    if isinstance(part, slice):
        start, stop, step = part.indices(length)
        if step != 1:
            raise IndexError("a picture on disk is read without steps")
        return start, max(start, stop)
    index = int(part) + (length if part < 0 else 0)
    if not 0 <= index < length:
        raise IndexError(index)
    return index, index + 1
