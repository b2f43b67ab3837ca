"""The stored values of images with more than 8-bit RGB, and what of them is put on screen."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from app.document import images
from app.document.bands import BandLooks, automatic_range, default_looks, load_bands, on_screen
from app.document.images import load_image

RANDOM = np.random.default_rng(3)


def test_all_bands_of_a_tiff_are_there_as_stored(tmp_path: Path) -> None:
    values = RANDOM.integers(0, 4000, (5, 40, 30)).astype(np.uint16)
    path = tmp_path / "five.tif"
    tifffile.imwrite(path, values, photometric="minisblack", planarconfig="separate")
    bands = load_bands(path)
    assert bands is not None
    assert bands.dtype == np.uint16
    assert np.array_equal(bands, np.moveaxis(values, 0, -1))
    grey = load_image(path)
    assert grey.shape == (40, 30, 3)
    # What the model sees are the first three bands, pixel for pixel.
    for band in range(3):
        order = np.argsort(values[band].ravel(), kind="stable")
        assert (np.diff(grey[:, :, band].ravel()[order].astype(int)) >= 0).all()


def test_8_bit_colours_stored_plane_by_plane_are_not_jumbled(tmp_path: Path, monkeypatch) -> None:
    values = RANDOM.integers(0, 256, (40, 30, 3)).astype(np.uint8)
    path = tmp_path / "planes.tif"
    tifffile.imwrite(path, np.moveaxis(values, -1, 0), photometric="rgb", planarconfig="separate")
    assert np.array_equal(load_image(path), values)
    monkeypatch.setattr(images, "LARGE", 100)
    assert np.array_equal(load_image(path), values)


def test_a_16_bit_png_keeps_its_values_in_the_order_of_its_channels(tmp_path: Path) -> None:
    values = RANDOM.integers(0, 65536, (20, 30, 3)).astype(np.uint16)
    path = tmp_path / "deep.png"
    cv2.imwrite(str(path), values[:, :, ::-1])
    assert np.array_equal(load_bands(path), values)


def test_the_fourth_channel_of_8_bits_is_a_band_too(tmp_path: Path) -> None:
    values = RANDOM.integers(0, 256, (20, 30, 4)).astype(np.uint8)
    path = tmp_path / "rgba.png"
    Image.fromarray(values).save(path)
    assert np.array_equal(load_bands(path), values)


@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_ordinary_pictures_have_no_bands_beside_their_colours(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "x.png"
    Image.fromarray(RANDOM.integers(0, 256, (9, 9), dtype=np.uint8)).convert(mode).save(path)
    assert load_bands(path) is None


def test_bands_are_turned_like_the_picture(tmp_path: Path) -> None:
    values = RANDOM.integers(0, 256, (20, 30, 4)).astype(np.uint8)
    path = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(values).save(path, exif=exif)
    bands = load_bands(path)
    assert bands is not None
    assert np.array_equal(bands[:, :, :3], load_image(path))


def test_chosen_bands_and_ranges_become_colours() -> None:
    bands = np.zeros((2, 2, 4), np.uint16)
    bands[0, 0] = (0, 100, 1000, 5000)
    looks = BandLooks((3, 1, 2), ((0, 10_000), (0, 50), (500, 1500)))
    assert on_screen(bands, looks)[0, 0].tolist() == [128, 255, 128]
    grey = on_screen(bands, BandLooks((2,), ((0, 1000),)))
    assert grey[0, 0].tolist() == [255, 255, 255]


def test_the_automatic_range_leaves_hot_pixels_out() -> None:
    band = np.tile(np.arange(1000, dtype=np.uint16), (100, 1))
    band[0, 0] = 65535
    low, high = automatic_range(band)
    assert low < 5
    assert 990 < high < 1010
    assert automatic_range(np.full((3, 3), np.nan, np.float32)) == (0.0, 1.0)


def test_values_that_are_no_numbers_are_shown_dark() -> None:
    bands = np.full((4, 4, 1), np.nan, np.float32)
    bands[0] = 1
    assert on_screen(bands, default_looks(bands))[1].max() == 0
