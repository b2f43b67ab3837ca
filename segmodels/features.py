"""All features of a pixel: fixed filters, what a network learned, and the position."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from segmodels.beside import beside
from segmodels.device import fast_dtype, free_unused, is_out_of_memory
from segmodels.filters import FILTER_HALO, FIXED_CHANNELS, Contrast, fixed_features
from segmodels.models.base import InputScale, SegModel
from segmodels.prediction import Image
from segmodels.tiles import Box, Tile, cut_tiles, shares

logger = logging.getLogger(__name__)

POSITION_CHANNELS = 5
_LEAST_PIECE = 64


@dataclass(frozen=True)
class ImageStatistics:
    """What all tiles of an image must share: its size, and how its values are scaled."""

    height: int
    width: int
    contrast: Contrast
    mean: tuple[float, ...]
    spread: float

    @classmethod
    def of(cls, image: Image) -> ImageStatistics:
        """Measure an image on at most some 65,000 of its pixels."""
        height, width = image.shape[:2]
        step = max(1, int((height * width / 65_536) ** 0.5))
        pixels = image[::step, ::step].reshape(-1, 3).astype(np.float32)
        mean = pixels.mean(axis=0)
        spread = max(float(((pixels - mean) ** 2).mean() ** 0.5), 2.0)
        return cls(height, width, Contrast.of(image), tuple(map(float, mean)), spread)


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
        tile: int = 384,
        halo: int = 64,
        make_room: Callable[[], None] = lambda: None,
    ) -> None:
        self.model = model
        self._fast_network: SegModel | None = None
        self.device = device
        self._tile = tile
        self._halo = max(halo, FILTER_HALO)
        self._piece: int | None = None
        self._make_room = make_room
        learned = 0 if model is None else model.feature_channels
        self.channels = FIXED_CHANNELS + learned + POSITION_CHANNELS
        is_fast = fast_dtype(device.type) == torch.bfloat16
        self.dtype = torch.bfloat16 if is_fast else torch.float16

    @property
    def learned_channels(self) -> Tensor:
        """Indices (D,) of the network's features among all features."""
        return torch.arange(FIXED_CHANNELS, self.channels - POSITION_CHANNELS)

    @property
    def grid(self) -> int:
        """What a tile should start at a multiple of."""
        return 32 if self.model is None else self.model.stride

    def tiles(self, height: int, width: int) -> list[Tile]:
        """Cut an image of that size."""
        return cut_tiles(height, width, size=self._tile, halo=self._halo, grid=self.grid)

    def tile_steps(
        self, image: Image, tile: Tile, statistics: ImageStatistics
    ) -> Generator[None, None, Tensor]:
        """Give the features (channels, pixels of the core) on the device; yields half-way.

        The filters are computed beside the network.
        """
        seen = np.ascontiguousarray(image[tile.seen.slices])
        core = tile.core_in_seen
        filtering = beside(fixed_features, seen, statistics.contrast)
        size = (self.channels, tile.core.height, tile.core.width)
        features = torch.empty(size, dtype=self.dtype, device=self.device)
        features[-POSITION_CHANNELS:] = position_of(tile.core, statistics)
        if self.model is not None:
            at = FIXED_CHANNELS
            for part in self.learned(seen, statistics):
                features[at : at + len(part)] = part[:, core[0], core[1]]
                at += len(part)
            yield
        fixed = filtering.result()[:, core[0], core[1]]
        features[:FIXED_CHANNELS] = torch.from_numpy(fixed)
        return features.flatten(1)

    def learned(self, image: Image, statistics: ImageStatistics) -> list[Tensor]:
        """Give the network's features of a tile (H, W, 3) in parts, (d, H, W) each.

        When the network cannot look at so much in the memory that there is, it is given pieces,
        of half the size and so on, from then on. Raises torch's error when none is small enough.
        """
        while True:
            try:
                return self._in_pieces(image, statistics)
            except Exception as error:
                largest = min(self._piece or max(image.shape[:2]), max(image.shape[:2]))
                if not is_out_of_memory(error) or largest <= _LEAST_PIECE:
                    raise
            # Outside of the handler: its error holds on to what did not fit.
            self._piece = max(largest // 2, _LEAST_PIECE)
            logger.warning("out of memory: the network looks at %d pixels at a time", self._piece)
            self._make_room()
            free_unused(self.device)

    @torch.inference_mode()
    def _in_pieces(self, image: Image, statistics: ImageStatistics) -> list[Tensor]:
        """Give the same by pieces, in whose seams one passes over into the other."""
        height, width = image.shape[:2]
        size = self._piece or max(height, width)
        pieces = cut_tiles(height, width, size=size, halo=self._halo, grid=self.grid)
        if len(pieces) == 1:
            return self._looked_at(image, statistics)
        found: list[Tensor] = []
        for piece in pieces:
            seen = np.ascontiguousarray(image[piece.seen.slices])
            parts = self._looked_at(seen, statistics)
            if not found:
                found = [part.new_zeros(len(part), height, width) for part in parts]
            for share in shares(piece):
                y, x = share.box.y0 - piece.seen.y0, share.box.x0 - piece.seen.x0
                weight = share.weight.to(self.device)
                for whole, part in zip(found, parts, strict=True):
                    own = part[:, y : y + share.box.height, x : x + share.box.width]
                    whole[:, *share.box.slices] += own * weight
        return found

    def _looked_at(self, image: Image, statistics: ImageStatistics) -> list[Tensor]:
        network = self._network()
        x = network_input(image, statistics, network.input_scale, self.device)
        dtype = fast_dtype(self.device.type)
        with torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32):
            return [part[0] for part in network.parts(x)]

    def _network(self) -> SegModel:
        """Give the network as it is fastest; made at the first tile."""
        if self._fast_network is None:
            assert self.model is not None
            self._fast_network = self.model.for_inference(fast_dtype(self.device.type)).eval()
        return self._fast_network


def network_input(
    image: Image, statistics: ImageStatistics, scale: InputScale | None, device: torch.device
) -> Tensor:
    """Scale pixels (H, W, 3) uint8 to (1, 3, H, W) float32, channels last in memory.

    `scale` None: by the image's own statistics.
    """
    x = torch.from_numpy(image).to(device).permute(2, 0, 1)[None].float()
    if scale is None:
        mean, spread = x.new_tensor(statistics.mean), x.new_tensor([statistics.spread] * 3)
    else:
        mean, spread = x.new_tensor(scale.mean) * 255, x.new_tensor(scale.spread) * 255
    x = (x - mean.view(1, 3, 1, 1)) / spread.view(1, 3, 1, 1)
    return x.contiguous(memory_format=torch.channels_last)


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
