"""What a network tells of the pixels of an image: of a region at a time where it can do that."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from weakref import ReferenceType, ref

import numpy as np
import torch
from torch import Tensor

from segmodels.device import fast_dtype, free_unused, is_out_of_memory
from segmodels.image_statistics import ImageStatistics
from segmodels.models.base import InputScale, Region, SegModel
from segmodels.prediction import Image
from segmodels.tiles import Box, Tile, cut_tiles, shares

logger = logging.getLogger(__name__)

REGION = 1024
"""Pixels to a side of a region: what is looked at before the first tile of it can be shown."""
_KEPT_REGIONS = 6
"""Of some 30 MB each."""
_LEAST_PIECE = 64


class LearnedFeatures:
    """The features by one network. `make_room` is called when the memory is full.

    Not thread-safe.
    """

    def __init__(
        self,
        model: SegModel,
        device: torch.device,
        *,
        halo: int,
        make_room: Callable[[], None],
    ) -> None:
        self.model = model
        self.by_region = model.by_region
        self._device = device
        self._halo = halo
        self._make_room = make_room
        self._piece: int | None = None
        self._fast_network: SegModel | None = None
        self._regions: list[tuple[ReferenceType[Image], Box, Region]] = []

    def tile_steps(
        self, image: Image, tile: Tile, statistics: ImageStatistics
    ) -> Generator[None, None, list[Tensor]]:
        """Give the features of a tile's core in parts, (d, h, w) each."""
        if self.by_region:
            region = yield from self._region_steps(image, tile, statistics)
            if region is not None:
                return region.parts(tile.core.within(tile.region))
        seen = np.ascontiguousarray(image[tile.seen.slices])
        core = tile.core.within(tile.seen).slices
        return [part[:, *core] for part in self.alone(seen, statistics)]

    def alone(self, image: Image, statistics: ImageStatistics) -> list[Tensor]:
        """Give the features of (H, W, 3), looked at without what is around it.

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
            self._free(f"the network looks at {self._piece} pixels at a time")

    def let_go(self, image: Image, region: Box | None = None) -> None:
        """Keep that region of an image (or any of it) no more: what is asked of it was made."""
        self._regions = [
            (of, box, kept)
            for of, box, kept in self._regions
            if of() is not image or (region is not None and box != region)
        ]

    def _region_steps(
        self, image: Image, tile: Tile, statistics: ImageStatistics
    ) -> Generator[None, None, Region | None]:
        """Look at the region of a tile, or remember it; None when there is no memory for it."""
        for number, (known, box, region) in enumerate(self._regions):
            if known() is image and box == tile.region:
                self._regions.append(self._regions.pop(number))
                return region
        network = self._network()
        seen = np.ascontiguousarray(image[tile.region.slices])
        try:
            x = network_input(seen, statistics, network.input_scale, self._device)
            region = yield from network.region_steps(x)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        else:
            self._regions.append((ref(image), tile.region, region))
            del self._regions[:-_KEPT_REGIONS]
            return region
        self.by_region = False
        self._free("the network looks at each tile alone")
        return None

    def _free(self, instead: str) -> None:
        logger.warning("out of memory: %s", instead)
        self._regions.clear()
        self._make_room()
        free_unused(self._device)

    @torch.inference_mode()
    def _in_pieces(self, image: Image, statistics: ImageStatistics) -> list[Tensor]:
        """Give the same by pieces, in whose seams one passes over into the other."""
        height, width = image.shape[:2]
        size = self._piece or max(height, width)
        pieces = cut_tiles(height, width, size=size, halo=self._halo, grid=self.model.stride)
        if len(pieces) == 1:
            return self._looked_at(image, statistics)
        found: list[Tensor] = []
        for piece in pieces:
            seen = np.ascontiguousarray(image[piece.seen.slices])
            parts = self._looked_at(seen, statistics)
            if not found:
                found = [part.new_zeros(len(part), height, width) for part in parts]
            for share in shares(piece):
                own = share.box.within(piece.seen).slices
                weight = share.weight.to(self._device)
                for whole, part in zip(found, parts, strict=True):
                    whole[:, *share.box.slices] += part[:, *own] * weight
        return found

    def _looked_at(self, image: Image, statistics: ImageStatistics) -> list[Tensor]:
        network = self._network()
        x = network_input(image, statistics, network.input_scale, self._device)
        dtype = fast_dtype(self._device.type)
        with torch.autocast(self._device.type, dtype, enabled=dtype != torch.float32):
            return [part[0] for part in network.parts(x)]

    def _network(self) -> SegModel:
        """Give the network as it is fastest; made at the first tile."""
        if self._fast_network is None:
            self._fast_network = self.model.for_inference(fast_dtype(self._device.type)).eval()
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
