"""A network looks at regions where it can, and at pieces where the memory is too small."""

from __future__ import annotations

from collections.abc import Generator
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pictures import disc_picture
from torch import Tensor
from torch.nn import functional

from segmodels import features
from segmodels.device import CPU, is_out_of_memory
from segmodels.feature_source import FeatureSource
from segmodels.features import FeatureMaker
from segmodels.image_statistics import ImageStatistics
from segmodels.models.base import Region, SegModel
from segmodels.steps import run


class Hungry(SegModel):
    """Blurs; asks for more memory than there is when it is to look at more than `most` pixels."""

    feature_channels = 3

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.looks: list[int] = []

    def features(self, x: Tensor) -> Tensor:
        """Give (N, 3, H, W)."""
        pixels = x.shape[2] * x.shape[3]
        self.looks.append(pixels)
        if pixels > self.most:
            torch.empty(1 << 55, dtype=torch.uint8)
        return functional.avg_pool2d(x, 9, 1, 4, count_include_pad=False)


def learned_by(maker: FeatureMaker, image: np.ndarray) -> Tensor:
    return torch.cat(maker.learned.alone(image, ImageStatistics.of(image))).float()


def test_pieces_give_the_same_features_as_the_whole() -> None:
    image, _ = disc_picture(300, 420)
    hungry = Hungry(most=60_000)
    found = learned_by(FeatureMaker(hungry, CPU, halo=32), image)
    assert len(hungry.looks) > 2
    whole = learned_by(FeatureMaker(Hungry(most=10**9), CPU, halo=32), image)
    torch.testing.assert_close(found, whole, atol=0.05, rtol=0.02)


def test_once_the_memory_was_full_the_next_tile_is_looked_at_in_pieces_at_once() -> None:
    image, _ = disc_picture(256, 256)
    hungry = Hungry(most=50_000)
    maker = FeatureMaker(hungry, CPU, halo=32)
    learned_by(maker, image)
    hungry.looks.clear()
    learned_by(maker, image)
    assert hungry.looks
    assert max(hungry.looks) <= hungry.most


def test_a_network_that_nothing_is_small_enough_for_says_so() -> None:
    image, _ = disc_picture(256, 256)
    hungry = Hungry(most=0)
    with pytest.raises(RuntimeError) as caught:
        learned_by(FeatureMaker(hungry, CPU, halo=32), image)
    assert is_out_of_memory(caught.value)
    assert len(hungry.looks) < 5


def test_another_error_of_the_network_is_no_reason_for_pieces() -> None:
    image, _ = disc_picture(256, 256)
    hungry = Hungry(most=10**9)
    hungry.parts = lambda x: [hungry.features(x), torch.ones(2) @ torch.ones(3)]
    with pytest.raises(RuntimeError, match="size"):
        learned_by(FeatureMaker(hungry, CPU), image)
    assert len(hungry.looks) == 1


def test_remembered_features_make_room_when_the_memory_is_full() -> None:
    image, _ = disc_picture(256, 256)
    hungry = Hungry(most=10**9)
    source = FeatureSource(hungry, CPU, tile=256, halo=32, cache_bytes=10**9)
    statistics, tile = ImageStatistics.of(image), source.tiles(image)[0]
    run(source.tile_steps(image, tile, statistics, "a"))
    hungry.most = 50_000
    run(source.tile_steps(image, tile, statistics, "b"))
    assert source.cache.get("a", image, tile) is None
    assert source.cache.get("b", image, tile) is not None


class Regional(Hungry):
    """A `Hungry` one that looks at regions; `whole` is what it was given."""

    by_region = True

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.whole: list[tuple[int, ...]] = []

    def region_steps(self, x: Tensor) -> Generator[None, None, Region]:
        """Blur the region."""
        self.whole.append(tuple(x.shape[2:]))
        yield
        found = self.features(x)[0]
        return SimpleNamespace(parts=lambda box: [found[:, *box.slices]])


def tile_by_tile(maker: FeatureMaker, image: np.ndarray) -> Tensor:
    statistics = ImageStatistics.of(image)
    found = torch.zeros(3, *image.shape[:2])
    for tile in maker.tiles(*image.shape[:2]):
        for part in run(maker.learned.tile_steps(image, tile, statistics)):
            found[:, *tile.core.slices] = part.float()
    return found


def test_a_region_is_looked_at_once_for_all_its_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "REGION", 256)
    image, _ = disc_picture(256, 512)
    regional = Regional(most=10**9)
    found = tile_by_tile(FeatureMaker(regional, CPU, tile=64, halo=32), image)
    assert regional.whole == [(256, 320), (256, 320)]
    whole = learned_by(FeatureMaker(Hungry(most=10**9), CPU), image)
    torch.testing.assert_close(found, whole)


def test_a_region_that_was_let_go_is_looked_at_anew() -> None:
    image, _ = disc_picture(64, 64)
    regional = Regional(most=10**9)
    maker = FeatureMaker(regional, CPU)
    tile_by_tile(maker, image)
    tile_by_tile(maker, image)
    assert len(regional.whole) == 1
    maker.learned.let_go(image, maker.tiles(64, 64)[0].region)
    tile_by_tile(maker, image)
    assert len(regional.whole) == 2


def test_a_region_that_there_is_no_memory_for_is_looked_at_tile_by_tile() -> None:
    image, _ = disc_picture(256, 320)
    regional = Regional(most=60_000)
    room: list[bool] = []
    maker = FeatureMaker(regional, CPU, tile=96, halo=32, make_room=lambda: room.append(True))
    found = tile_by_tile(maker, image)
    assert room
    assert len(regional.whole) == 1
    whole = learned_by(FeatureMaker(Hungry(most=10**9), CPU), image)
    torch.testing.assert_close(found, whole, atol=0.05, rtol=0.02)
