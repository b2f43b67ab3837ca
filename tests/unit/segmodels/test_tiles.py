"""Cutting images: every pixel once, and the same answer however it is cut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from pictures import disc_picture, strokes

import segmodels
from segmodels import LearnerSettings, learner, normal
from segmodels.models.starter import StarterModel
from segmodels.predicting import Assembly
from segmodels.prediction import Prediction
from segmodels.tiles import Box, cut_tiles, nearest_first, shares


@given(height=some.integers(1, 300), width=some.integers(1, 300), size=some.sampled_from([32, 96]))
def test_each_pixel_is_one_tiles_own(height: int, width: int, size: int) -> None:
    count = np.zeros((height, width), int)
    for tile in cut_tiles(height, width, size=size, halo=20, grid=16):
        count[tile.own.slices] += 1
        assert tile.own.x0 % 16 == tile.own.y0 % 16 == 0
        assert tile.seen.x0 % 16 == tile.seen.y0 % 16 == 0
        seen = np.zeros((height, width), bool)
        seen[tile.seen.slices] = True
        assert seen[tile.core.slices].all()
        inside = seen[tile.seen.slices][tile.core.within(tile.seen).slices]
        assert inside.shape == (tile.core.height, tile.core.width)
    assert (count == 1).all()


@given(height=some.integers(1, 300), width=some.integers(1, 300), size=some.sampled_from([32, 96]))
def test_what_tiles_share_counts_as_one_everywhere(height: int, width: int, size: int) -> None:
    weight, tiles = np.zeros((height, width), np.float32), np.zeros((height, width), int)
    wanted = np.zeros((height, width), int)
    for tile in cut_tiles(height, width, size=size, halo=64, grid=32):
        for share in shares(tile):
            weight[share.box.slices] += share.weight.numpy()
            tiles[share.box.slices] += 1
            wanted[share.box.slices] = share.tiles
    np.testing.assert_allclose(weight, 1, rtol=1e-6)
    assert (tiles == wanted).all()


@given(height=some.integers(1, 300), width=some.integers(1, 300), size=some.sampled_from([32, 64]))
def test_tiles_of_one_region_share_no_seam(height: int, width: int, size: int) -> None:
    weight = np.zeros((height, width), np.float32)
    for tile in cut_tiles(height, width, size=size, halo=64, grid=32, region=128):
        outer = tile.region.grown(0, Box(0, 0, width, height))
        for inner in (tile.own, tile.shared, tile.core):
            assert inner.joined(outer) == outer
        assert tile.shared.joined(tile.core) == tile.core
        for share in shares(tile):
            weight[share.box.slices] += share.weight.numpy()
        if max(height, width) <= 128:
            assert tile.shared == tile.own
    np.testing.assert_allclose(weight, 1, rtol=1e-6)


@pytest.mark.parametrize("order", [1, -1])
def test_in_a_seam_one_tile_passes_over_into_the_other(order: int) -> None:
    image = np.full((96, 160, 3), 90, np.uint8)
    told = np.zeros((96, 160), int)

    def tell(box: Box, part: Prediction) -> None:
        told[box.slices] += 1
        assert part.labels.shape == (box.height, box.width)

    assembly = Assembly(image, tell)
    for number, tile in list(enumerate(cut_tiles(96, 160, size=96, halo=32, grid=32)))[::order]:
        size = (tile.core.height, tile.core.width)
        sure = torch.full(size, 0.9 if number == 0 else 0.2)
        assembly.put(tile, torch.stack((sure, 1 - sure)))
    assert (told == 1).all()
    line = assembly.prediction.confidence[40] / 255
    first = np.where(assembly.prediction.labels[40] == 0, line, 1 - line)
    np.testing.assert_allclose(first[:80], 0.9, atol=0.01)
    np.testing.assert_allclose(first[112:], 0.2, atol=0.01)
    assert (np.diff(first[80:112]) < 0).all()
    assert np.abs(np.diff(first)).max() < 0.05


def test_no_seam_is_seen_with_the_weights_that_ship() -> None:
    random = np.random.default_rng(0)
    height = cv2.GaussianBlur(random.normal(size=(288, 288)).astype(np.float32), (0, 0), 25)
    truth = (height > np.median(height)).astype(np.uint8)
    noise = random.normal(size=(288, 288, 3)).astype(np.float32)
    fine, coarse = (cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (1, 2.5))
    texture = np.where(truth[..., None] == 1, fine * 60, coarse * 130)
    image = np.clip(128 + texture, 0, 255).astype(np.uint8)
    labels = np.full((288, 288), segmodels.UNLABELLED, np.uint8)
    for y, x in random.integers(8, 280, (40, 2)):
        here = slice(y - 2, y + 3), slice(x - 2, x + 3)
        labels[here] = truth[here]
    one = segmodels.Learner(classes=2, device="cpu", settings=LearnerSettings(tile=96))
    one.put_sample("a", image, labels)
    one.solve_head()
    found = one.predict(image, key="a")
    sure = np.where(found.labels == 0, 1, -1) * (found.confidence.astype(int) - 127)
    steps = np.abs(np.diff(sure, axis=1)).mean(0)
    seams = [95, 191]  # between these columns and the next
    assert steps[seams].mean() < 1.5 * steps.mean()


def test_the_tiles_that_show_a_part_come_first() -> None:
    tiles = cut_tiles(64, 64, size=32, halo=0, grid=32)
    assert nearest_first(tiles, Box(40, 40, 50, 50))[0].own == Box(32, 32, 64, 64)
    assert nearest_first(tiles, None) == tiles


@pytest.mark.parametrize("name", ["filters", "starter", "starter, tile by tile"])
def test_the_prediction_does_not_depend_on_the_tile_size(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    network = StarterModel()
    network.by_region = name == "starter"
    monkeypatch.setattr(learner, "load_starter", lambda: network)
    image, truth = disc_picture(288, 352, objects=25)
    predictions = []
    for tile in (96, 512):
        settings = LearnerSettings(tile=tile)
        model = name.partition(",")[0]
        one = segmodels.Learner(classes=2, model=model, device="cpu", settings=settings)
        one.put_sample("a", image, strokes(truth, per_class=8))
        one.solve_head()
        predictions.append(one.predict(image))
    small, large = predictions
    if name == "starter":
        assert (small.labels == large.labels).all()
        assert np.abs(small.confidence.astype(int) - large.confidence).max() <= 1
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

    def spy(image, tile, *rest):
        looked_at.append(tile.own)
        return make(image, tile, *rest)

    one.source.maker.tile_steps = spy
    one.solve_head()
    assert len(looked_at) == 3  # the one that was painted, and two that the image is measured by
    assert Box(0, 0, 64, 64) in looked_at
    assert sum(1 for _ in one.predict_steps(image, key="a")) >= 64
    assert one.source.cache.bytes == 0
