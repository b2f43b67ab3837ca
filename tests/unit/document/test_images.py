from __future__ import annotations

import os
import threading
from pathlib import Path

import cv2
import numpy as np
import PIL.ImageFile
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from app.document import first_look, images, pyramid
from app.document.images import ImageReadError, find_images, image_size, load_image
from app.document.pyramid import ImagePyramid
from tests.unit.document.conftest import write_image

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".webp", ".jpg"])
def test_every_format_is_read_as_rgb(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    flat = np.full((32, 48, 3), (200, 40, 90), np.uint8)
    options = {"lossless": True} if suffix == ".webp" else {}
    Image.fromarray(flat).save(path, **options)
    read = load_image(path)
    assert read.shape == (32, 48, 3)
    assert read.dtype == np.uint8
    assert np.abs(read.astype(int) - flat).max() <= (3 if suffix == ".jpg" else 0)
    assert image_size(path) == (48, 32)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg"])
def test_exif_orientation_is_applied_once(tmp_path: Path, suffix: str, orientation: int) -> None:
    path = tmp_path / f"x{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {".webp": {"lossless": True}, ".jpg": {"quality": 100, "subsampling": 0}}
    Image.fromarray(PIXELS).save(path, exif=exif, **options.get(suffix, {}))
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    read = load_image(path)
    assert read.shape == expected.shape
    assert np.abs(read.astype(int) - expected).max() <= (4 if suffix == ".jpg" else 0)
    assert image_size(path) == (read.shape[1], read.shape[0])


def test_grey_alpha_and_palette_become_rgb(tmp_path: Path) -> None:
    grey = PIXELS[:, :, 0]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(np.dstack([PIXELS, grey])).save(tmp_path / "alpha.png")
    Image.fromarray(np.dstack([grey, grey])).save(tmp_path / "la.png")
    Image.fromarray(grey > 100).save(tmp_path / "one.png")
    palette = Image.fromarray((grey % 2).astype(np.uint8))
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.save(tmp_path / "palette.png")
    np.testing.assert_array_equal(load_image(tmp_path / "grey.png"), np.dstack([grey] * 3))
    np.testing.assert_array_equal(load_image(tmp_path / "alpha.png"), PIXELS)
    np.testing.assert_array_equal(load_image(tmp_path / "la.png"), np.dstack([grey] * 3))
    assert set(np.unique(load_image(tmp_path / "one.png"))) <= {0, 255}
    read = load_image(tmp_path / "palette.png")
    assert {tuple(p) for p in read.reshape(-1, 3)} == {(10, 20, 30), (200, 100, 50)}


@pytest.mark.parametrize("kind", ["png", "tif"])
def test_sixteen_bits_are_stretched(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    ramp = np.tile(np.linspace(100, 4000, 256).astype(np.uint16), (64, 1))
    cv2.imwrite(str(path), ramp)
    read = load_image(path)
    assert read.min() == 0
    assert read.max() == 255
    assert (np.diff(read[0, :, 0].astype(int)) >= 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.uint32])
def test_other_number_types_are_stretched(tmp_path: Path, dtype: type) -> None:
    values = np.arange(64 * 64).reshape(64, 64).astype(dtype)
    tifffile.imwrite(tmp_path / "x.tif", values)
    read = load_image(tmp_path / "x.tif")
    assert read.shape == (64, 64, 3)
    assert read[0, 0, 0] == 0
    assert read[-1, -1, 0] == 255


@pytest.mark.parametrize("layout", ["contig", "separate"])
def test_of_many_bands_the_first_three_are_taken(tmp_path: Path, layout: str) -> None:
    bands = np.stack([np.full((20, 30), value, np.uint8) for value in (10, 20, 30, 40, 50)])
    values = bands if layout == "separate" else np.moveaxis(bands, 0, -1)
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, values, planarconfig=layout, photometric="minisblack")
    assert load_image(path).reshape(-1, 3)[7].tolist() == [10, 20, 30]
    assert image_size(path) == (30, 20)


@pytest.mark.parametrize("name", ["mit Leer.png", "Grüße.png", "图像.png", "new\nline.png"])
def test_any_file_name_is_read(tmp_path: Path, name: str) -> None:
    assert load_image(write_image(tmp_path / name)).shape == (150, 200, 3)


def bad_files(folder: Path) -> list[Path]:
    whole = write_image(folder / "whole.png").read_bytes()
    jpeg = write_image(folder / "whole.jpg").read_bytes()
    contents = {
        "empty.png": b"",
        "text.png": b"this is no image",
        "cut.png": whole[: len(whole) // 2],
        "cut.jpg": jpeg[: len(jpeg) // 2],
        "zero.bmp": b"BM" + bytes(60),
        "zero.tif": b"II*\0" + bytes(60),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "folder.png").mkdir()
    return [folder / name for name in (*contents, "folder.png", "vanished.png")]


def test_bad_files_get_one_sentence_with_their_name(tmp_path: Path) -> None:
    for path in bad_files(tmp_path):
        with pytest.raises(ImageReadError) as caught:
            load_image(path)
        assert str(caught.value).startswith(path.name)
        assert "\n" not in str(caught.value)


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = write_image(tmp_path / "x.png")
    for read in (load_image, image_size):
        with pytest.raises(ImageReadError, match="too large"):
            read(path, limit=1000)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    suffix=st.sampled_from([".png", ".jpg", ".bmp", ".tif", ".webp"]),
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
    keep=st.floats(0.0, 1.0),
)
def test_mutated_files_never_do_worse_than_an_image_read_error(
    tmp_path: Path, suffix: str, flips: list[tuple[float, int]], keep: float
) -> None:
    data = bytearray(write_image(tmp_path / f"x{suffix}", (20, 30)).read_bytes())
    for where, value in flips:
        data[int(where * (len(data) - 1))] = value
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(bytes(data[: int(keep * len(data))]))
    try:
        read = load_image(path, limit=10_000_000)
    except ImageReadError:
        return
    assert read.ndim == 3
    assert read.dtype == np.uint8


def test_images_are_found_recursively_in_natural_order(tmp_path: Path) -> None:
    names = ["b10.png", "b2.png", "A/x.jpg", "A/y.TIFF", "c.WebP", "notes.txt", ".hidden.png"]
    for name in (*names, "maskloop/labels/q.png", ".git/p.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list(find_images(tmp_path)) == ["A/x.jpg", "A/y.TIFF", "b2.png", "b10.png", "c.WebP"]


def test_a_link_that_goes_round_is_followed_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").touch()
    os.symlink(tmp_path, tmp_path / "a" / "round")
    assert list(find_images(tmp_path)) == ["a/x.png"]


def test_a_pyramid_halves_by_area_down_to_the_screen() -> None:
    rgb = np.zeros((1500, 2001, 3), np.uint8)
    rgb[:, :, 0] = 200
    levels = ImagePyramid.build(rgb).levels
    shapes = [level.shape for level in levels]
    assert shapes == [(1500, 2001, 4), (750, 1001, 4), (375, 501, 4)]
    assert all(level[3, 3].tolist() == [0, 0, 200, 255] for level in levels)


def test_a_large_pyramid_turns_the_full_size_around_block_by_block(monkeypatch) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (600, 700, 3)).astype(np.uint8)
    kept = ImagePyramid.build(rgb)
    monkeypatch.setattr(pyramid, "KEPT_WHOLE", 1000)
    large = ImagePyramid.build(rgb)
    assert large.stored(0) is None
    assert np.array_equal(large.block(0, 20, 30, 90, 50), kept.levels[0][30:50, 20:90])
    assert np.array_equal(large.block(1, 0, 0, 9, 9), kept.block(1, 0, 0, 9, 9))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".webp"])
def test_a_large_image_is_decoded_into_its_place_with_the_same_pixels(
    tmp_path: Path, monkeypatch, suffix: str
) -> None:
    path = tmp_path / f"x{suffix}"
    Image.fromarray(np.kron(PIXELS, np.ones((9, 9, 1), np.uint8))).save(path)
    usual = load_image(path).copy()
    monkeypatch.setattr(images, "LARGE", 100)
    watched = []
    large = load_image(path, watch=watched.append)
    assert np.array_equal(large, usual)
    assert np.shares_memory(watched[0], large)


def test_a_large_image_that_needs_more_work_is_read_in_the_usual_way(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(images, "LARGE", 10)
    grey = tmp_path / "grey.png"
    Image.fromarray(PIXELS[:, :, 0]).save(grey)
    assert np.array_equal(load_image(grey)[:, :, 1], PIXELS[:, :, 0])
    turned = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PIXELS).save(turned, exif=exif)
    assert np.array_equal(load_image(turned), np.rot90(PIXELS, 3))
    deep = tmp_path / "deep.png"
    cv2.imwrite(str(deep), PIXELS.astype(np.uint16) * 16)
    usual = load_image(deep).copy()
    monkeypatch.setattr(images, "LARGE", 10**9)
    assert np.array_equal(load_image(deep), usual)
    monkeypatch.setattr(images, "LARGE", 10)
    assert usual.max() == 255
    cut = tmp_path / "cut.png"
    cut.write_bytes(turned.read_bytes()[:-30])
    with pytest.raises(ImageReadError, match="cut short"):
        load_image(cut)


def test_what_somebody_holds_is_not_decoded_again_unless_the_file_changed(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    Image.fromarray(PIXELS).save(path)
    held = load_image(path)
    assert load_image(path) is held
    path.unlink()
    Image.fromarray(PIXELS[::-1].copy()).save(path)
    assert np.array_equal(load_image(path), PIXELS[::-1])


def test_a_tiff_is_refused_by_its_header_also_when_only_tifffile_knows_it(tmp_path: Path) -> None:
    path = tmp_path / "bands.tif"
    tifffile.imwrite(
        path, np.zeros((6, 50, 40), np.float32), photometric="minisblack", planarconfig="separate"
    )
    assert image_size(path) == (40, 50)
    with pytest.raises(ImageReadError, match="too large"):
        load_image(path, limit=1000)


def test_the_limit_can_be_set(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    Image.fromarray(PIXELS).save(path)
    images.set_pixel_limit(10)
    try:
        with pytest.raises(ImageReadError, match="too large"):
            load_image(path)
    finally:
        images.set_pixel_limit(images.PIXEL_LIMIT)
    assert load_image(path).shape == PIXELS.shape


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_the_first_look_at_a_large_image_shows_it_small(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    picture = np.zeros((3000, 4200, 3), np.uint8)
    picture[:1500] = (200, 40, 90)
    Image.fromarray(picture).save(path)
    looks = []
    has_come = threading.Event()

    def take(look: first_look.FirstLook) -> None:
        looks.append(look)
        has_come.set()

    pixels = np.zeros_like(picture)
    with first_look.first_looks(path, take) as watch:
        watch(pixels)
        pixels[:1000] = picture[:1000]
        assert has_come.wait(20)
    assert looks[-1].size == (4200, 3000)
    small = looks[-1].rgb
    assert small.shape[1] / small.shape[0] == pytest.approx(1.4, abs=0.01)
    assert np.abs(small[small.shape[0] // 4, 100].astype(int) - (200, 40, 90)).max() < 6
    assert small[-5, 100].max() < 6


def test_the_size_of_a_png_is_told_without_decoding_it(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "x.png"
    Image.fromarray(PIXELS).save(path)
    monkeypatch.setattr(PIL.ImageFile.ImageFile, "load", lambda self: 1 / 0)
    assert image_size(path) == (PIXELS.shape[1], PIXELS.shape[0])


def test_exif_behind_the_pixels_of_a_png_turns_it_too(tmp_path: Path) -> None:
    path = tmp_path / "late.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PIXELS).save(path, exif=exif)
    data = path.read_bytes()
    start = data.index(b"eXIf") - 4
    length = int.from_bytes(data[start : start + 4], "big") + 12
    chunk, rest = data[start : start + length], data[:start] + data[start + length :]
    end = rest.rindex(b"IEND") - 4
    path.write_bytes(rest[:end] + chunk + rest[end:])
    assert np.array_equal(load_image(path), np.rot90(PIXELS, 3))
