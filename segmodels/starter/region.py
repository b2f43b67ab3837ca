"""A region of an image as the starter network sees it, whose surroundings are computed once.

Most of what the network does is at a quarter of the resolution and below, where it sees far. Tile
by tile that would be computed again in every halo, and a tile would end what is seen. So the coarse
levels are computed for the whole region, and the fine ones for each tile of it: the features are
those of the region looked at in one go, however it is cut.
"""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor

from segmodels.starter.network import NEAR_REACH, SHALLOW_REACH, Around, StarterNet, enlarged
from segmodels.tiles import Box, cut_tiles

_PIECE = 384
"""Pixels of which the fine levels stay in the processor's cache."""
_GRID = 8
"""Features come at 1/8 of the resolution and above; so much around a box is up-sampled from."""


class StarterRegion:
    """Gives the features of any part of a region. Made by `region_steps`."""

    def __init__(self, network: StarterNet, x: Tensor, half: Tensor, around: Around) -> None:
        self._network = network
        self._x = x
        self._half = half
        self._around = around

    @torch.inference_mode()
    def parts(self, box: Box) -> list[Tensor]:
        """Give the fine, half and coarse features (d, h, w) of a box of the region."""
        height, width = self._x.shape[-2:]
        seen = _grown(box, max(_GRID, NEAR_REACH), height, width)
        full = self._network.stem(_cut(self._x, seen, 1))
        half, quarter = _cut(self._half, seen, 2), _cut(self._around.quarter, seen, 4)
        fine, middle = self._network.near(full, half, quarter)
        inside = box.within(seen).slices
        coarse = _cut(self._around.coarse, seen, 8)
        levels = ((fine, 1), (middle, 2), (coarse, 8))
        return [enlarged(level, factor)[0, :, *inside] for level, factor in levels]


@torch.inference_mode()
def region_steps(network: StarterNet, x: Tensor) -> Generator[None, None, StarterRegion]:
    """Look at a region (1, 3, H, W), scaled as for `StarterNet.features`; in the network's dtype.

    Yields between slices of the work, on one core of less than a tenth of a second for a megapixel.
    """
    x = network.padded(x.to(network.dtype)).contiguous(memory_format=torch.channels_last)
    height, width = x.shape[-2:]
    half: Tensor | None = None
    size = _PIECE if x.device.type == "cpu" else max(height, width)
    for piece in cut_tiles(height, width, size=size, halo=SHALLOW_REACH, grid=_GRID):
        seen, own = piece.seen, piece.own
        found = network.shallow(_cut(x, seen, 1))[1]
        if half is None:
            size_of_half = (1, found.shape[1], height // 2, width // 2)
            half = torch.empty(
                size_of_half, dtype=x.dtype, device=x.device, memory_format=torch.channels_last
            )
        _cut(half, own, 2).copy_(_cut(found, own.within(seen), 2))
        yield
    assert half is not None
    around = yield from network.around_steps(half)
    return StarterRegion(network, x, half, around)


def _grown(box: Box, by: int, height: int, width: int) -> Box:
    """Let a box reach further, to the grid, inside of the region."""
    return Box(
        max(0, (box.x0 - by) // _GRID * _GRID),
        max(0, (box.y0 - by) // _GRID * _GRID),
        min(width, -(-(box.x1 + by) // _GRID) * _GRID),
        min(height, -(-(box.y1 + by) // _GRID) * _GRID),
    )


def _cut(level: Tensor, box: Box, factor: int) -> Tensor:
    """Give the part of a level at 1/factor of the resolution."""
    return level[..., box.y0 // factor : box.y1 // factor, box.x0 // factor : box.x1 // factor]
