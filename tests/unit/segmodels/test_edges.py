"""Smoothing that stops at edges, and what is normal in an image."""

import numpy as np
import torch

from segmodels.edges import smoothed
from segmodels.normal import FeatureNormal, measured_tiles
from segmodels.tiles import Box, cut_tiles

WHOLE = Box(0, 0, 80, 60)


def halves() -> tuple[np.ndarray, np.ndarray]:
    """A picture that is dark on the left, and where it is bright."""
    bright = np.zeros((60, 80), bool)
    bright[:, 37:] = True
    return np.where(bright[..., None], (200, 190, 180), (40, 50, 60)).astype(np.uint8), bright


def test_specks_go_and_the_edge_stays_where_the_picture_has_it() -> None:
    picture, bright = halves()
    random = np.random.default_rng(0)
    noisy = np.where(random.random(bright.shape) < 0.2, ~bright, bright)
    found = smoothed(torch.from_numpy(np.stack((~noisy, noisy)).astype(np.float32)), picture, WHOLE)
    assert (noisy != bright).mean() > 0.15
    assert ((found.argmax(0).numpy() == 1) != bright).mean() < 0.01


def test_probabilities_stay_between_0_and_1() -> None:
    picture, _ = halves()
    found = smoothed(torch.rand(3, 60, 80), picture, WHOLE)
    assert 0 <= float(found.min()) <= float(found.max()) <= 1


def test_a_class_that_is_nowhere_stays_nowhere() -> None:
    picture, bright = halves()
    planes = torch.zeros(2, 60, 80)
    planes[0] = torch.from_numpy(bright)
    assert not smoothed(planes, picture, WHOLE)[1].any()


def test_the_normal_of_an_image_is_that_of_its_parts_together() -> None:
    features = 3 + 2 * torch.randn(4, 4_000)
    whole = FeatureNormal.of([features], 4)
    parts = FeatureNormal.of([features[:, :1_500], features[:, 1_500:]], 4)
    torch.testing.assert_close(parts.mean, whole.mean)
    torch.testing.assert_close(parts.scale, whole.scale)
    torch.testing.assert_close(whole.mean, features.mean(1), atol=1e-4, rtol=1e-4)


def test_a_feature_that_does_not_vary_is_not_blown_up() -> None:
    normal = FeatureNormal.of([torch.full((2, 100), 7.0)], 2)
    assert (normal.applied(torch.full((1, 2), 7.01))[0, 2:].abs() < 0.1).all()


def test_a_large_image_is_measured_by_some_tiles_all_over_it() -> None:
    small = cut_tiles(600, 800, size=200, halo=0, grid=8)
    assert measured_tiles(small, 600 * 800) == small
    large = cut_tiles(4_000, 5_000, size=400, halo=0, grid=8)
    chosen = measured_tiles(large, 4_000 * 5_000)
    assert 2 <= len(chosen) <= 6
    assert chosen[0].core.y0 < 1_500 < chosen[-1].core.y0


def test_an_object_beside_a_seam_is_not_mirrored_to_it() -> None:
    picture = np.full((60, 80, 3), 90, np.uint8)
    picture[20:40, 43:60] = 200
    truth = torch.from_numpy(np.stack((picture[..., 0] < 150, picture[..., 0] > 150)))
    right = Box(40, 0, 80, 60)
    found = smoothed(truth[:, :, 40:].float(), picture, right)
    assert not (found.argmax(0)[:, :3] == 1).any()
    whole = smoothed(truth.float(), picture, WHOLE)
    inner = slice(48, 80)
    torch.testing.assert_close(found[:, :, 8:], whole[:, :, inner], atol=1e-5, rtol=0)
