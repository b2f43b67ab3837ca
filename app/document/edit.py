"""One undoable change of labels: the tiles that it touched, before and after."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.document.errors import EditError

TILE = 128
"""Side of a tile in pixels. 128 with zlib-1 measured 1000 times smaller than whole copies."""

Labels = NDArray[np.uint8]


class Rect(NamedTuple):
    """A box of pixels: x, y of its corner, width and height."""

    x: int
    y: int
    width: int
    height: int

    def united(self, other: Rect) -> Rect:
        """The smallest box around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.width, other.x + other.width)
        bottom = max(self.y + self.height, other.y + other.height)
        return Rect(x, y, right - x, bottom - y)


@dataclass(frozen=True)
class TileChange:
    """A box of at most 128 x 128 pixels; `before` and `after` are its rows, zlib-compressed."""

    x: int
    y: int
    width: int
    height: int
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)

    @property
    def rect(self) -> Rect:
        """Where it is."""
        return Rect(self.x, self.y, self.width, self.height)


@dataclass(frozen=True)
class Edit:
    """A named change ("Brush"). `created` is in seconds since 1970."""

    name: str
    tiles: tuple[TileChange, ...]
    created: float

    @property
    def bounds(self) -> Rect:
        """The box around all its tiles."""
        return _bounds(tile.rect for tile in self.tiles)

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return sum(len(tile.before) + len(tile.after) for tile in self.tiles)


class EditRecorder:
    """Remembers tiles of (H, W) uint8 `labels` before they are written: one for each stroke."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._before: dict[tuple[int, int], Labels] = {}

    def touch(self, x0: int, y0: int, x1: int, y1: int) -> None:
        """Call BEFORE writing into x0 <= x < x1, y0 <= y < y1; clips to the labels."""
        height, width = self._labels.shape
        x0, y0, x1, y1 = max(0, x0), max(0, y0), min(width, x1), min(height, y1)
        if x0 >= x1 or y0 >= y1:
            return
        for row in range(y0 // TILE, (y1 - 1) // TILE + 1):
            for column in range(x0 // TILE, (x1 - 1) // TILE + 1):
                if (column, row) not in self._before:
                    self._before[column, row] = self._tile(column, row).copy()

    def commit(self, name: str) -> Edit | None:
        """The change since the first touch; None when no pixel differs. Starts anew."""
        changes = []
        for (column, row), before in sorted(self._before.items()):
            after = self._tile(column, row)
            if not np.array_equal(before, after):
                changes.append(_tile_change(column * TILE, row * TILE, before, after))
        self._before.clear()
        return Edit(name, tuple(changes), time.time()) if changes else None

    def cancel(self) -> Rect | None:
        """Put back what was there. Returns the box that was restored, None if none was touched."""
        if not self._before:
            return None
        rects = []
        for (column, row), before in self._before.items():
            self._tile(column, row)[:] = before
            rects.append(Rect(column * TILE, row * TILE, before.shape[1], before.shape[0]))
        self._before.clear()
        return _bounds(rects)

    def _tile(self, column: int, row: int) -> Labels:
        y, x = row * TILE, column * TILE
        return self._labels[y : y + TILE, x : x + TILE]


def edit_between(before: Labels, after: Labels, name: str) -> Edit | None:
    """The edit that turns one (H, W) uint8 array into another of the same shape; None if equal."""
    labels = before.copy()
    recorder = EditRecorder(labels)
    recorder.touch(0, 0, labels.shape[1], labels.shape[0])
    labels[:] = after
    return recorder.commit(name)


def edit_by_tiles(
    labels: Labels, box: Rect, after: Callable[[Rect], Labels | None], name: str
) -> Edit | None:
    """The edit that gives the tiles that meet `box` what `after` makes of them; None when equal.

    `after` gives the new (height, width) uint8 ids of a tile, or None where nothing changes.
    (H, W) uint8 `labels` are only read. Some 10 ms a megapixel: in another thread for much.
    """
    height, width = labels.shape
    top, left = max(0, box.y) // TILE * TILE, max(0, box.x) // TILE * TILE
    changes = []
    for y in range(top, min(height, box.y + box.height), TILE):
        for x in range(left, min(width, box.x + box.width), TILE):
            before = labels[y : y + TILE, x : x + TILE]
            new = after(Rect(x, y, before.shape[1], before.shape[0]))
            if new is not None and not np.array_equal(before, new):
                changes.append(_tile_change(x, y, before, new))
    return Edit(name, tuple(changes), time.time()) if changes else None


def pixels_after(tile: TileChange) -> Labels:
    """What a tile holds after its edit: (height, width) uint8. Raises `EditError` when damaged."""
    return _unpacked(tile, tile.after, "tile")


def apply_edit(labels: Labels, edit: Edit) -> Rect:
    """Write what the edit left; returns the changed box. Raises `EditError`, labels untouched."""
    return _write(labels, edit, [tile.after for tile in edit.tiles])


def revert_edit(labels: Labels, edit: Edit) -> Rect:
    """Write what was there before the edit; returns the box. Raises `EditError`."""
    return _write(labels, edit, [tile.before for tile in edit.tiles])


def _write(labels: Labels, edit: Edit, contents: list[bytes]) -> Rect:
    height, width = labels.shape
    arrays = []
    for tile, content in zip(edit.tiles, contents, strict=True):
        if tile.x < 0 or tile.y < 0 or tile.x + tile.width > width or tile.y + tile.height > height:
            raise EditError(f"The edit “{edit.name}” does not fit an image of {width} x {height}.")
        arrays.append(_unpacked(tile, content, edit.name))
    for tile, array in zip(edit.tiles, arrays, strict=True):
        labels[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width] = array
    return edit.bounds


def _tile_change(x: int, y: int, before: Labels, after: Labels) -> TileChange:
    height, width = before.shape
    return TileChange(x, y, width, height, _packed(before), _packed(after))


def _packed(tile: Labels) -> bytes:
    lowest = int(tile.min())
    if lowest == int(tile.max()):
        return _packed_of_one(lowest, tile.size)
    return zlib.compress(tile.tobytes(), 1)


@lru_cache(maxsize=256)
def _packed_of_one(value: int, count: int) -> bytes:
    """Most tiles are of one class, and were of none."""
    return zlib.compress(bytes([value]) * count, 1)


def _unpacked(tile: TileChange, content: bytes, name: str) -> Labels:
    """Decompress at most the tile's own size: a stored edit may come from a hostile project."""
    expected = tile.width * tile.height
    try:
        if not (0 < tile.width <= TILE and 0 < tile.height <= TILE):
            raise EditError(f"The edit “{name}” is damaged.")
        data = zlib.decompressobj().decompress(content, expected + 1)
    except zlib.error:
        raise EditError(f"The edit “{name}” is damaged.") from None
    if len(data) != expected:
        raise EditError(f"The edit “{name}” is damaged.")
    return np.frombuffer(data, np.uint8).reshape(tile.height, tile.width)


def _bounds(rects: Iterable[Rect]) -> Rect:
    result: Rect | None = None
    for rect in rects:
        result = rect if result is None else result.united(rect)
    return result or Rect(0, 0, 0, 0)
