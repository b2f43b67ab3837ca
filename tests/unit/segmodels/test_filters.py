"""The filter bank: the same features however the image is cut."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import disc_picture

from segmodels.filters import FIXED_CHANNELS, Contrast, fixed_features


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (17, 23), (64, 40)])
def test_every_size_has_features(size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    features = fixed_features(image)
    assert features.shape == (FIXED_CHANNELS, *size)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()


def test_an_image_of_one_tone_has_no_texture() -> None:
    features = fixed_features(np.full((40, 40, 3), 90, np.uint8))
    np.testing.assert_allclose(features.std(axis=(1, 2)), 0, atol=1e-5)


def test_a_tile_has_the_features_of_the_whole_image() -> None:
    image, _ = disc_picture(256, 320, objects=20)
    whole = fixed_features(image)
    tile = fixed_features(np.ascontiguousarray(image[32:, 64:256]), Contrast.of(image))
    np.testing.assert_allclose(tile[:, 64:, 64:-64], whole[:, 96:, 128:192], atol=0.01)


def test_luminance_features_do_not_change_with_exposure() -> None:
    image, _ = disc_picture(96, 96)
    dark = (image * 0.5).astype(np.uint8)
    difference = np.abs(fixed_features(image)[:36] - fixed_features(dark)[:36])
    assert difference.mean() < 0.05


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        fixed_features(np.zeros((4, 4), np.uint8))
