"""Cutting an image into tiles: each pixel belongs to the core of one tile, which sees around it.

A tile's core starts on a grid that halving respects, and its halo covers what a feature depends
on, so the features of a pixel do not depend on how the image was cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.y1 - self.y0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of an array (H, W, ...)."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def overlaps(self, other: Box) -> bool:
        """Whether both share a pixel."""
        return min(self.x1, other.x1) > max(self.x0, other.x0) and min(self.y1, other.y1) > max(
            self.y0, other.y0
        )


@dataclass(frozen=True)
class Tile:
    """`core` is what the tile is for, `seen` what is looked at for it; both inside the image."""

    core: Box
    seen: Box

    @property
    def core_in_seen(self) -> tuple[slice, slice]:
        """Index of the core in an array that covers `seen`."""
        y, x = self.core.y0 - self.seen.y0, self.core.x0 - self.seen.x0
        return slice(y, y + self.core.height), slice(x, x + self.core.width)


def cut_tiles(height: int, width: int, *, size: int, halo: int, grid: int) -> list[Tile]:
    """Cut an image into cores of about `size`, of much the same size, row by row."""
    halo = -(-halo // grid) * grid
    return [
        Tile(
            Box(x0, y0, x1, y1),
            Box(
                max(0, x0 - halo),
                max(0, y0 - halo),
                min(width, x1 + halo),
                min(height, y1 + halo),
            ),
        )
        for y0, y1 in _spans(height, size, grid)
        for x0, x1 in _spans(width, size, grid)
    ]


def nearest_first(tiles: Iterable[Tile], first: Box | None) -> list[Tile]:
    """Put the tiles that show a part of `first` in front."""
    if first is None:
        return list(tiles)
    return sorted(tiles, key=lambda tile: not tile.core.overlaps(first))


def _spans(length: int, size: int, grid: int) -> list[tuple[int, int]]:
    count = max(1, -(-length // size))
    step = -(-length // count)
    step = -(-step // grid) * grid
    return [(start, min(start + step, length)) for start in range(0, length, step)]
