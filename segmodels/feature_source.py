"""The features by one network: of tiles, remembered for the images used last, and of samples."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from weakref import ReferenceType, WeakKeyDictionary, ref

import torch
from torch import Tensor

from segmodels.cache import FeatureCache
from segmodels.features import POSITION_CHANNELS, FeatureMaker, TileInWork
from segmodels.image_statistics import ImageStatistics
from segmodels.models.base import SegModel
from segmodels.normal import FeatureNormal, measured_pixels, measured_tiles
from segmodels.prediction import Image
from segmodels.samples import LabelledPixels, Sample, pixels_from_tiles
from segmodels.tiles import Box, Tile

_KEPT_NORMALS = 2_000


class FeatureSource:
    """Belongs to one network for good: another network, another source. So work that began before
    a network was replaced ends with the network that it began with.
    """

    def __init__(
        self,
        network: SegModel | None,
        device: torch.device,
        *,
        tile: int,
        halo: int,
        cache_bytes: int,
    ) -> None:
        self.network = network
        self.device = device
        if network is not None:
            network.to(device).to(memory_format=torch.channels_last).eval()
        self.cache = FeatureCache(cache_bytes)
        self.maker = FeatureMaker(network, device, tile=tile, halo=halo, make_room=self.cache.clear)
        self.channels = self.maker.channels
        self.learned_channels = self.maker.learned_channels
        self.position_channels = torch.arange(self.channels)[-POSITION_CHANNELS:]
        self._pixels: WeakKeyDictionary[Sample, Tensor] = WeakKeyDictionary()
        self._normals: OrderedDict[str, tuple[ReferenceType[Image], FeatureNormal]] = OrderedDict()

    def groups(self) -> list[Tensor]:
        """Indices of the features that a head each is solved on, all with the position: fixed ones,
        learned ones, and all relative to their image (these come after `channels`).
        """
        everything = torch.arange(self.channels)
        normal = self.channels + everything[:-POSITION_CHANNELS]
        relative = torch.cat((normal, everything[-POSITION_CHANNELS:])).to(self.device)
        if self.network is None:
            return [everything.to(self.device), relative]
        is_learned = torch.zeros(self.channels, dtype=torch.bool)
        is_learned[self.learned_channels] = True
        position = everything[-POSITION_CHANNELS:]
        fixed = everything[~is_learned]
        learned = torch.cat((everything[is_learned], position))
        return [*(group.to(self.device) for group in (fixed, learned)), relative]

    def tiles(self, image: Image) -> list[Tile]:
        """Cut an image."""
        return self.maker.tiles(*image.shape[:2])

    def tile_steps(
        self,
        image: Image,
        tile: Tile,
        statistics: ImageStatistics,
        key: str | None,
        begun: TileInWork | None = None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Generator[None, None, Tensor]:
        """Give the features (channels, pixels) of a tile; with a key they are remembered.

        `begun`, if any, is what the second thread is doing for it already, and `meanwhile` what
        this one does before it waits for that.
        """
        features = self._kept(image, tile, key)
        if features is None:
            features = yield from self.maker.tile_steps(image, tile, statistics, begun, meanwhile)
            if key is not None and self._fits(image):
                self.cache.put(key, image, tile, features)
        return features

    def _begun(
        self, image: Image, tile: Tile, statistics: ImageStatistics, key: str | None
    ) -> TileInWork | None:
        if self._kept(image, tile, key) is not None:
            return None
        return self.maker.begin(image, tile, statistics)

    def _kept(self, image: Image, tile: Tile, key: str | None) -> Tensor | None:
        return None if key is None else self.cache.get(key, image, tile)

    def in_turn(
        self,
        image: Image,
        tiles: Sequence[Tile],
        statistics: ImageStatistics,
        key: str | None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[Tile, Generator[None, None, Tensor]]]:
        """Give each tile and the steps to its features, while the second thread begins the next."""
        ahead: deque[TileInWork | None] = deque()
        for number, tile in enumerate(tiles):
            for soon in tiles[number + len(ahead) : number + 2]:
                ahead.append(self._begun(image, soon, statistics, key))
            begun = ahead.popleft()
            yield tile, self.tile_steps(image, tile, statistics, key, begun, meanwhile)

    def pixels_steps(self, sample: Sample) -> Generator[None, None, Tensor]:
        """Give and remember the features of a sample's pixels, and them relative to its image.

        Returns (n, channels + channels without position).
        """
        if sample not in self._pixels:
            statistics = ImageStatistics.of(sample.image)
            normal = yield from self.normal_steps(sample.image, statistics, sample.key)
            rows = yield from pixels_from_tiles(
                sample,
                self.tiles(sample.image),
                lambda tile: self.tile_steps(sample.image, tile, statistics, sample.key),
            )
            self._pixels[sample] = normal.applied(rows)
            self.let_go(sample.image)
        return self._pixels[sample]

    def labelled_steps(
        self, samples: Iterable[Sample]
    ) -> Generator[None, None, list[LabelledPixels]]:
        """Give the labelled pixels of samples with their features, as a head is solved on them."""
        pixels = []
        for sample in samples:
            features = yield from self.pixels_steps(sample)
            pixels.append(LabelledPixels(sample.chosen_labels, features))
        return pixels

    def normal_steps(
        self, image: Image, statistics: ImageStatistics, key: str | None
    ) -> Generator[None, None, FeatureNormal]:
        """Measure the features of an image, by some of its tiles; with a key it is remembered."""
        known = self._normals.get(key) if key is not None else None
        if known is not None and known[0]() is image:
            return known[1]
        parts = []
        pixels = image.shape[0] * image.shape[1]
        tiles = measured_tiles(self.tiles(image), pixels)
        for tile, steps in self.in_turn(image, tiles, statistics, key):
            features = yield from steps
            parts.append(measured_pixels(features, tile, pixels))
            yield
        normal = FeatureNormal.of(parts, self.channels - POSITION_CHANNELS)
        if key is not None:
            self._normals[key] = ref(image), normal
            while len(self._normals) > _KEPT_NORMALS:
                self._normals.popitem(last=False)
        return normal

    def let_go(self, image: Image, region: Box | None = None) -> None:
        """Keep nothing of that region of an image (or any) but the features of its tiles."""
        if self.maker.learned is not None:
            self.maker.learned.let_go(image, region)

    def forget(self, key: str) -> None:
        """Keep nothing of that image any more."""
        self.cache.drop(key)
        self._normals.pop(key, None)

    def _fits(self, image: Image) -> bool:
        """Whether all features of the image fit into the memory for them."""
        return 2 * image.shape[0] * image.shape[1] * self.channels <= self.cache.capacity
