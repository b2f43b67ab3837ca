"""All features of a pixel: fixed filters, what a network learned, and the position."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from segmodels.beside import Begun
from segmodels.device import fast_dtype
from segmodels.filters import FILTER_HALO, FIXED_CHANNELS, fixed_features
from segmodels.image_statistics import ImageStatistics
from segmodels.learned import REGION, LearnedFeatures
from segmodels.models.base import SegModel
from segmodels.prediction import Image
from segmodels.tiles import Box, Tile, cut_tiles

POSITION_CHANNELS = 5


class FeatureMaker:
    """Makes the features of tiles: (channels, pixels), rows of pixels one after another.

    They are bfloat16 where that is computed with as it is, else float16.

    `model` None: fixed filters and position only. `make_room` is called when the memory is full.
    Not thread-safe.
    """

    def __init__(
        self,
        model: SegModel | None,
        device: torch.device,
        *,
        tile: int = 512,
        halo: int = 64,
        make_room: Callable[[], None] = lambda: None,
    ) -> None:
        self.device = device
        self._tile = tile
        self._halo = max(halo, FILTER_HALO)
        self.learned: LearnedFeatures | None = None
        self.channels = FIXED_CHANNELS + POSITION_CHANNELS
        if model is not None:
            self.learned = LearnedFeatures(model, device, halo=self._halo, make_room=make_room)
            self.channels += model.feature_channels
        is_fast = fast_dtype(device.type) == torch.bfloat16
        self.dtype = torch.bfloat16 if is_fast else torch.float16

    @property
    def learned_channels(self) -> Tensor:
        """Indices (D,) of the network's features among all features."""
        return torch.arange(FIXED_CHANNELS, self.channels - POSITION_CHANNELS)

    @property
    def grid(self) -> int:
        """What a tile should start at a multiple of."""
        return self.learned.model.stride if self.learned else 32

    def tiles(self, height: int, width: int) -> list[Tile]:
        """Cut an image of that size."""
        region = REGION if self.learned and self.learned.by_region else None
        return cut_tiles(
            height, width, size=self._tile, halo=self._halo, grid=self.grid, region=region
        )

    def begin(self, image: Image, tile: Tile, statistics: ImageStatistics) -> TileInWork:
        """Begin a tile: the fixed filters, in the second thread."""
        size = (self.channels, tile.core.height, tile.core.width)
        features = _unset(size, self.dtype, self.device)

        def filtered() -> None:
            seen = np.ascontiguousarray(image[tile.seen.slices])
            fixed = fixed_features(seen, statistics.contrast)
            inside = fixed[:, *tile.core.within(tile.seen).slices]
            features[:FIXED_CHANNELS] = torch.from_numpy(inside)
            features[-POSITION_CHANNELS:] = position_of(tile.core, statistics)

        return TileInWork(features, Begun(filtered))

    def tile_steps(
        self,
        image: Image,
        tile: Tile,
        statistics: ImageStatistics,
        begun: TileInWork | None = None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Generator[None, None, Tensor]:
        """Give the features (channels, pixels of the core) on the device; yields between slices.

        `begun` is what `begin` gave for that tile; `meanwhile` is called before waiting for it.
        """
        features, filtering = begun or self.begin(image, tile, statistics)
        if self.learned is not None:
            at = FIXED_CHANNELS
            for part in (yield from self.learned.tile_steps(image, tile, statistics)):
                features[at : at + len(part)] = part
                at += len(part)
            yield
        meanwhile()
        yield
        filtering.result()
        return features.flatten(1)


class TileInWork(NamedTuple):
    """The features (channels, h, w) of a tile, into which `filtering` writes the fixed ones."""

    features: Tensor
    filtering: Begun[None]


def _unset(size: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Give a tensor of a dtype of two bytes; no value is set.

    On the CPU NumPy allocates it: on Linux in huge pages, where touching it first takes a third of
    the time.
    """
    if device.type != "cpu":
        return torch.empty(size, dtype=dtype, device=device)
    return torch.from_numpy(np.empty(size, np.int16)).view(dtype)


def position_features(x: Tensor, y: Tensor) -> Tensor:
    """Position (..., H, W), -1..1 over the image, to (..., 5, H, W), standardised and halved.

    x, y, their squares and product. Worth most where images are framed alike; halved, so that
    they only tip the balance.
    """
    square = 3**0.5 * 3 / 2
    parts = (3**0.5 * x, 3**0.5 * y, square * (x * x - 1 / 3), square * (y * y - 1 / 3), 3 * x * y)
    return 0.5 * torch.stack(parts, dim=-3)


def position_of(box: Box, statistics: ImageStatistics) -> Tensor:
    """Position features (5, h, w) of a box of the image."""
    x = _centred(box.x0, box.x1, statistics.width)[None, :].expand(box.height, box.width)
    y = _centred(box.y0, box.y1, statistics.height)[:, None].expand(box.height, box.width)
    return position_features(x, y)


def _centred(start: int, stop: int, length: int) -> Tensor:
    """Positions in -1..1 of pixel centres."""
    return (torch.arange(start, stop, dtype=torch.float32) + 0.5) * (2 / length) - 1
