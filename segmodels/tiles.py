"""Cutting an image into tiles: each pixel is one tile's own, which sees around it.

A tile's own part starts on a grid that halving respects, and its halo covers what fixed features
depend on, and most of what a network does. What remains of the tile's border, blending hides:
neighbours overlap, and in a seam one passes over into the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

OVERLAP = 16
"""Pixels by which a tile reaches over the seam to its neighbour."""

RIM = 8
"""Pixels around what is shown that smoothing along edges depends on."""


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

    def grown(self, by: int, limit: Box) -> Box:
        """Let it reach so much further to each side, inside of another."""
        return Box(
            max(limit.x0, self.x0 - by),
            max(limit.y0, self.y0 - by),
            min(limit.x1, self.x1 + by),
            min(limit.y1, self.y1 + by),
        )

    def joined(self, other: Box) -> Box:
        """Give the least rectangle around both."""
        return Box(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )

    def within(self, outer: Box) -> Box:
        """Give the same rectangle as seen from the corner of another."""
        return Box(self.x0 - outer.x0, self.y0 - outer.y0, self.x1 - outer.x0, self.y1 - outer.y0)

    def overlaps(self, other: Box) -> bool:
        """Whether both share a pixel."""
        return min(self.x1, other.x1) > max(self.x0, other.x0) and min(self.y1, other.y1) > max(
            self.y0, other.y0
        )


@dataclass(frozen=True)
class Tile:
    """All inside the image: `own` is of this tile alone; `shared` are also the seams that it shares
    with its neighbours; `core` is what the tile is computed for, `seen` what is looked at for it.
    `region` holds the tile and others, for what is better computed for all of them at once.
    """

    own: Box
    shared: Box
    core: Box
    seen: Box
    region: Box


def cut_tiles(
    height: int, width: int, *, size: int, halo: int, grid: int, region: int | None = None
) -> list[Tile]:
    """Cut an image into parts of about `size`, of much the same size, row by row.

    With `region` it is cut into parts of about that size first, and each of these then: tiles of
    one region are computed the same, so only between regions there are seams.
    """
    halo = -(-halo // grid) * grid
    overlap = min(OVERLAP, halo, grid // 2)
    whole = Box(0, 0, width, height)
    tiles = []
    for around in _parts(whole, region or max(height, width), grid):
        looked_at = around.grown(halo, whole)
        for own in _parts(around, size, grid):
            if region:
                core = own.grown(RIM, around)
                shared = Box(
                    own.x0 - overlap * (own.x0 == around.x0),
                    own.y0 - overlap * (own.y0 == around.y0),
                    own.x1 + overlap * (own.x1 == around.x1),
                    own.y1 + overlap * (own.y1 == around.y1),
                ).grown(0, whole)
            else:
                core = shared = own.grown(overlap, whole)
            tiles.append(Tile(own, shared, core.joined(shared), own.grown(halo, whole), looked_at))
    return tiles


def _parts(box: Box, size: int, grid: int) -> list[Box]:
    return [
        Box(box.x0 + x0, box.y0 + y0, box.x0 + x1, box.y0 + y1)
        for y0, y1 in _spans(box.height, size, grid)
        for x0, x1 in _spans(box.width, size, grid)
    ]


@dataclass(frozen=True)
class Share:
    """A part of a tile that `tiles` tiles share: 1 inside, 2 in a seam, 4 where two cross.

    `weight` (h, w) float32 is what this tile's values count there; those of all tiles sum to 1.
    """

    box: Box
    tiles: int
    weight: Tensor


def shares(tile: Tile) -> Iterator[Share]:
    """Give the parts of what a tile shares, by how many share them."""
    own, shared = tile.own, tile.shared
    for y0, y1, rows in _zones(own.y0, own.y1, shared.y0, shared.y1):
        for x0, x1, columns in _zones(own.x0, own.x1, shared.x0, shared.x1):
            tiles = (1 if rows is None else 2) * (1 if columns is None else 2)
            down = torch.ones(y1 - y0) if rows is None else rows
            across = torch.ones(x1 - x0) if columns is None else columns
            yield Share(Box(x0, y0, x1, y1), tiles, down[:, None] * across[None, :])


def nearest_first(tiles: Iterable[Tile], first: Box | None) -> list[Tile]:
    """Put the tiles that show a part of `first` in front."""
    if first is None:
        return list(tiles)

    def late(tile: Tile) -> tuple[bool, bool]:
        return not tile.own.overlaps(first), not tile.shared.overlaps(first)

    return sorted(tiles, key=late)


_Zone = tuple[int, int, Tensor | None]


def _spans(length: int, size: int, grid: int) -> list[tuple[int, int]]:
    count = max(1, -(-length // size))
    step = -(-length // count)
    step = -(-step // grid) * grid
    starts = list(range(0, length, step))
    if len(starts) > 1 and length - starts[-1] < OVERLAP:
        starts.pop()  # too little for a seam: the tile before takes it
    return list(zip(starts, [*starts[1:], length], strict=True))


def _zones(own_start: int, own_stop: int, start: int, stop: int) -> Iterator[_Zone]:
    """Part a side of a tile into seam, inside, seam: from, to, and what counts in a seam."""
    before, after = own_start - start, stop - own_stop
    inside = own_start + before, own_stop - after
    if before:
        yield start, inside[0], _ramp(2 * before)
    if inside[0] < inside[1]:
        yield *inside, None
    if after:
        yield inside[1], stop, 1 - _ramp(2 * after)


def _ramp(length: int) -> Tensor:
    return (torch.arange(length) + 0.5) / length
