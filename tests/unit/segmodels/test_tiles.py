"""Cutting images: every pixel once, and the same answer however it is cut."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from pictures import disc_picture, strokes

import segmodels
from segmodels import LearnerSettings, learner, normal
from segmodels.models.starter import StarterModel
from segmodels.tiles import Box, cut_tiles, nearest_first


@given(height=some.integers(1, 300), width=some.integers(1, 300), size=some.sampled_from([32, 96]))
def test_each_pixel_is_in_the_core_of_one_tile(height: int, width: int, size: int) -> None:
    count = np.zeros((height, width), int)
    for tile in cut_tiles(height, width, size=size, halo=20, grid=16):
        count[tile.core.slices] += 1
        assert tile.core.x0 % 16 == tile.core.y0 % 16 == 0
        assert tile.seen.x0 % 16 == tile.seen.y0 % 16 == 0
        seen = np.zeros((height, width), bool)
        seen[tile.seen.slices] = True
        assert seen[tile.core.slices].all()
        inside = seen[tile.seen.slices][tile.core_in_seen]
        assert inside.shape == (tile.core.height, tile.core.width)
    assert (count == 1).all()


def test_the_tiles_that_show_a_part_come_first() -> None:
    tiles = cut_tiles(64, 64, size=32, halo=0, grid=32)
    assert nearest_first(tiles, Box(40, 40, 50, 50))[0].core == Box(32, 32, 64, 64)
    assert nearest_first(tiles, None) == tiles


@pytest.mark.parametrize("name", ["filters", "starter"])
def test_the_prediction_does_not_depend_on_the_tile_size(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    network = StarterModel()
    monkeypatch.setattr(learner, "load_starter", lambda: network)
    image, truth = disc_picture(288, 352, objects=25)
    predictions = []
    for tile in (96, 512):
        settings = LearnerSettings(tile=tile)
        one = segmodels.Learner(classes=2, model=name, device="cpu", settings=settings)
        one.put_sample("a", image, strokes(truth, per_class=8))
        one.solve_head()
        predictions.append(one.predict(image))
    small, large = predictions
    assert (small.labels == large.labels).mean() > 0.99
    difference = np.abs(small.confidence.astype(int) - large.confidence)
    assert difference.mean() < 4


def test_a_large_image_is_never_held_as_features(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normal, "ALL_OF", 0)
    monkeypatch.setattr(normal, "SOME_OF", 2 * 64 * 64)
    settings = LearnerSettings(tile=64, cache_bytes=10_000_000)
    one = segmodels.Learner(classes=2, model="filters", device="cpu", settings=settings)
    image, truth = disc_picture(512, 512, objects=30)
    labels = np.full_like(truth, segmodels.UNLABELLED)
    labels[:64, :64] = truth[:64, :64]
    labels[0, 0] = 1
    one.put_sample("a", image, labels)
    looked_at: list[Box] = []
    make = one.source.maker.tile_steps

    def spy(image, tile, statistics):
        looked_at.append(tile.core)
        return make(image, tile, statistics)

    one.source.maker.tile_steps = spy
    one.solve_head()
    assert len(looked_at) == 3  # the one that was painted, and two that the image is measured by
    assert Box(0, 0, 64, 64) in looked_at
    assert sum(1 for _ in one.predict_steps(image, key="a")) >= 64
    assert one.source.cache.bytes == 0
