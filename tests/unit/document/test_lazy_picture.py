"""Pictures that are read in parts show the same pixels as those that are decoded as a whole."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from app.document.lazy_picture import LazyPicture, open_lazily
from app.document.lazy_rgb import LazyRgb
from app.document.pyramid import ImagePyramid
from app.document.tiff_segments import open_levels

HEIGHT, WIDTH = 700, 1030
RGB = cv2.GaussianBlur(
    np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8), (0, 0), 4
)


def write(path: Path, kind: str) -> None:
    tiled = {"photometric": "rgb", "tile": (128, 128)}
    if kind == "tiles":
        tifffile.imwrite(path, RGB, bigtiff=True, compression="zlib", predictor=True, **tiled)
    elif kind == "levels":
        with tifffile.TiffWriter(path) as writer:
            writer.write(RGB, subifds=1, **tiled)
            writer.write(cv2.resize(RGB, (WIDTH // 2, HEIGHT // 2)), subfiletype=1, **tiled)
    elif kind == "lzw":
        cv2.imwrite(str(path), RGB[:, :, ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    else:
        Image.fromarray(RGB).save(path, compression="jpeg", quality=95)


class Watched:
    """A picture, and what it has told."""

    def __init__(self, path: Path) -> None:
        self.boxes: list[tuple[int, int, int, int]] = []
        picture = open_lazily(path, self.boxes.append)
        assert picture is not None
        self.picture: LazyPicture = picture

    def sharp(self, qtbot, level: int, *box: int) -> np.ndarray:
        """The block when nothing more arrives."""
        known = -1
        while known != len(self.boxes):
            known = len(self.boxes)
            self.picture.block(level, *box)
            qtbot.waitUntil(lambda: not self.picture._wanted, timeout=20_000)
            qtbot.wait(30)
        return self.picture.block(level, *box)


@pytest.mark.parametrize("kind", ["tiles", "levels", "lzw", "jpeg"])
def test_the_full_size_is_exactly_what_is_stored(tmp_path: Path, qtbot, kind: str) -> None:
    path = tmp_path / "x.tif"
    write(path, kind)
    expected = RGB if kind != "jpeg" else np.asarray(Image.open(path))
    watched = Watched(path)
    block = watched.sharp(qtbot, 0, 90, 60, 700, 400)
    assert np.array_equal(block[:, :, 2::-1], expected[60:400, 90:700])
    rgb = LazyRgb(watched.picture)
    assert rgb.shape == RGB.shape
    assert np.array_equal(rgb[650:690, 1000:1030], expected[650:690, 1000:1030])
    assert rgb[5, 7].tolist() == expected[5, 7].tolist()
    watched.picture.close()


@pytest.mark.parametrize("kind", ["tiles", "levels"])
def test_smaller_levels_look_like_those_of_a_whole_image(tmp_path: Path, qtbot, kind: str) -> None:
    path = tmp_path / "x.tif"
    write(path, kind)
    watched = Watched(path)
    whole = ImagePyramid.build(RGB)
    for level in range(watched.picture.count):
        height, width = watched.picture.shape(level)
        block = watched.sharp(qtbot, level, 0, 0, width, height)
        difference = np.abs(block.astype(int) - whole.block(level, 0, 0, width, height))
        assert difference.mean() < 3
    watched.picture.close()


def test_before_a_part_is_decoded_nothing_waits(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "x.tif"
    write(path, "tiles")
    (reader,) = open_levels(path)
    monkeypatch.setattr(type(reader), "rgb", lambda self, row, column: 1 / 0)
    picture = LazyPicture([reader], lambda box: None)
    assert picture.block(0, 0, 0, 100, 50).shape == (50, 100, 4)
    picture.close()


def test_16_bits_are_stretched_alike_in_all_parts(tmp_path: Path, qtbot) -> None:
    path = tmp_path / "deep.tif"
    ramp = np.tile(np.linspace(1000, 9000, WIDTH).astype(np.uint16), (HEIGHT, 1))
    tifffile.imwrite(path, ramp, tile=(128, 128))
    watched = Watched(path)
    row = watched.sharp(qtbot, 0, 0, 0, WIDTH, 4)[0, :, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert row[0] < 10
    assert row[-1] > 245
    watched.picture.close()


@pytest.mark.parametrize("content", [b"", b"II*\0 and then nonsense", b"\x89PNG\r\n"])
def test_other_files_are_not_read_in_parts(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.tif"
    path.write_bytes(content)
    assert open_lazily(path, lambda box: None) is None
