"""The one image loader: any usual file to (H, W, 3) uint8 RGB, turned as its EXIF says, once."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.document import decoding, png, shared_images, tiff_files
from app.document.errors import ImageReadError, ImageTooLarge
from app.document.image_files import find_images

__all__ = [
    "PIXEL_LIMIT",
    "ImageReadError",
    "find_images",
    "image_size",
    "load_image",
    "pixel_limit",
    "set_pixel_limit",
]

PIXEL_LIMIT = 500_000_000
"""Larger images are refused: a file of a few kB can unpack to any number of pixels."""

LARGE = 50_000_000
"""From so many pixels on, an image is decoded straight into its place, and shown meanwhile."""

_ORIENTATION = 0x0112
_BITS_PER_SAMPLE = 0x0102
_PNG_DEPTH_AT = 24
_STRETCH_SAMPLE = 1_000_000
_PLAIN_MODES = ("1", "L", "P", "RGB", "CMYK", "YCbCr")
_limit = PIXEL_LIMIT

# Our own limit is checked before decoding; Pillow's would be a warning that depends on the caller.
Image.MAX_IMAGE_PIXELS = None

Rgb = NDArray[np.uint8]


def pixel_limit() -> int:
    """How many pixels an image may have in this process."""
    return _limit


def set_pixel_limit(pixels: int) -> None:
    """Allow larger images, or only smaller ones, from now on."""
    global _limit
    _limit = max(1, pixels)


def load_image(
    path: Path, *, limit: int | None = None, watch: Callable[[Rgb], None] | None = None
) -> Rgb:
    """Decode to (H, W, 3) uint8 RGB, as displayed. Any thread.

    16-bit and float values are stretched so that all but 0.2 % fit 0..255; grey becomes RGB; alpha
    is dropped; of many bands the first three, of many pages the first. An image that somebody
    still holds is not decoded again: do not write to it. `watch` is given the array of a large
    image before it is filled, from the top down. Raises `ImageReadError`.
    """
    limit = limit or _limit
    with _reading(path), path.open("rb") as file:
        header = _header(path, file, limit)
    if header.width * header.height < LARGE:
        return shared_images.get(path, lambda: _load(path, header, limit))
    # One at a time: two threads that want the same one would need twice the memory.
    with shared_images.LARGE_TURN:
        return shared_images.get(path, lambda: _load_large(path, header, limit, watch))


def _load(path: Path, header: _Header, limit: int) -> Rgb:
    data = _read(path)
    if decoding.is_cut_short(data):
        raise ImageReadError(path, "is cut short: copy it again.")
    pixels = decoding.decode(path, data)
    if pixels.shape[0] * pixels.shape[1] > limit:
        raise ImageTooLarge(path, _too_large(pixels.shape[1], pixels.shape[0], limit))
    return _turned(_as_rgb(pixels), header.orientation)


def _load_large(
    path: Path, header: _Header, limit: int, watch: Callable[[Rgb], None] | None
) -> Rgb:
    """Like `_load`, without a copy of the file or a second one of the pixels where it can be."""
    if not header.is_plain:
        return _load(path, header, limit)
    if decoding.is_file_cut_short(path):
        raise ImageReadError(path, "is cut short: copy it again.")
    pixels = np.zeros((header.height, header.width, 3), np.uint8)
    if watch is not None and header.orientation == 1:
        watch(pixels)
    if not decoding.decode_into(path, pixels):
        return _load(path, header, limit)
    return _turned(pixels, header.orientation)


def image_size(path: Path, *, limit: int | None = None) -> tuple[int, int]:
    """(width, height) as `load_image` would give, from the header where possible.

    Raises `ImageReadError`.
    """
    with _reading(path), path.open("rb") as file:
        header = _header(path, file, limit or _limit)
    if header.width:
        is_on_its_side = header.orientation >= 5
        return header[1::-1] if is_on_its_side else header[:2]
    height, width = load_image(path, limit=limit).shape[:2]
    return width, height


def is_stored_upright(path: Path) -> bool:
    """Whether readers that ignore EXIF see the image as `load_image` gives it.

    Raises `ImageReadError` when the file cannot be opened.
    """
    with _reading(path), path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(file) as image:
                return _orientation(image, file) == 1
        except Exception:
            # Pillow does not know it, so no reader that uses Pillow turns it.
            return True


class _Header(NamedTuple):
    """Size as stored (0 when unknown) and the EXIF orientation, 1..8, that is still to be done.

    `is_plain`: 8-bit RGB, which needs no further work.
    """

    width: int
    height: int
    orientation: int
    is_plain: bool = False


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what the system says into a sentence."""
    try:
        yield
    except FileNotFoundError:
        raise ImageReadError(path, "is no longer there.") from None
    except PermissionError:
        raise ImageReadError(path, "may not be read: check its permissions.") from None
    except OSError as error:
        raise ImageReadError(path, f"cannot be read ({error.strerror or error}).") from error


def _read(path: Path) -> bytes:
    with _reading(path):
        data = path.read_bytes()
    if not data:
        raise ImageReadError(path, "is empty.")
    return data


def _header(path: Path, file: IO[bytes], limit: int) -> _Header:
    """Size and orientation without decoding; refuses what is too large."""
    header = _header_by_pillow(file)
    if not header.width and (size := tiff_files.size_of(file)) is not None:
        header = _Header(*size, 1)
    if header.width * header.height > limit:
        raise ImageTooLarge(path, _too_large(header.width, header.height, limit))
    return header


def _header_by_pillow(file: IO[bytes]) -> _Header:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which we do not need.
            image = Image.open(file)
            # Pillow and OpenCV turn TIFFs by themselves, and no other format.
            orientation = 1 if image.format == "TIFF" else _orientation(image, file)
            is_plain = image.mode == "RGB" and _bits(image, file) <= 8
            return _Header(*image.size, orientation, is_plain)
    except Exception:
        # Pillow raises nearly anything on hostile files; another reader may still know it.
        return _Header(0, 0, 1)


def _orientation(image: Image.Image, file: IO[bytes]) -> int:
    try:
        if image.format == "PNG":
            # WORKAROUND: Pillow's getexif decodes the whole PNG to find EXIF behind the pixels.
            exif = Image.Exif()
            exif.load(image.info.get("exif") or _late_exif(file))
        else:
            exif = image.getexif()
        value = exif.get(_ORIENTATION, 1)
    except Exception:
        # Broken EXIF must not cost the user the image.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _late_exif(file: IO[bytes]) -> bytes:
    """The EXIF chunk of a PNG, by the heads of its chunks; empty without one."""
    file.seek(len(png.SIGNATURE))
    while len(head := file.read(8)) == 8 and head[4:] != b"IEND":
        length = int.from_bytes(head[:4], "big")
        if head[4:] == b"eXIf":
            return b"Exif\0\0" + file.read(length)
        file.seek(length + 4, io.SEEK_CUR)
    return b""


def _too_large(width: int, height: int, limit: int) -> str:
    return f"is too large ({width} x {height}; the limit is {limit // 1_000_000} million pixels)."


def _as_rgb(pixels: NDArray[Any]) -> Rgb:
    if pixels.ndim == 3:
        pixels = pixels[:, :, :3] if pixels.shape[2] >= 3 else pixels[:, :, 0]
    if pixels.dtype != np.uint8:
        pixels = _stretched(pixels)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(pixels, np.uint8)


def _stretched(pixels: NDArray[Any]) -> Rgb:
    """Scale by percentiles: cameras fill 10, 12 or 16 of the 16 bits, and hot pixels exist."""
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * np.uint8(255)
    step = max(1, pixels.size // _STRETCH_SAMPLE)
    sample = pixels.reshape(-1)[::step]
    sample = sample[np.isfinite(sample)]
    low, high = np.percentile(sample, (0.1, 99.9)) if sample.size else (0.0, 0.0)
    if high <= low:
        low, high = (float(sample.min()), float(sample.max())) if sample.size else (0.0, 0.0)
    scale = 255.0 / (high - low) if high > low else 0.0
    scaled = (np.nan_to_num(pixels.astype(np.float32), posinf=high, neginf=low) - low) * scale
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def is_plain(path: Path) -> bool:
    """Whether the header says that the file is an ordinary 8-bit picture. Raises nothing."""
    try:
        with path.open("rb") as file, Image.open(file) as image:
            return image.mode in _PLAIN_MODES and _bits(image, file) <= 8
    except Exception:
        # Pillow raises nearly anything on hostile files, and knows no files of many bands.
        return False


def _bits(image: Image.Image, file: IO[bytes]) -> int:
    """Bits of a stored value: Pillow's modes do not tell 16 from 8 in colour."""
    if image.format == "PNG":
        file.seek(_PNG_DEPTH_AT)
        return file.read(1)[0]
    if image.format == "TIFF":
        tags: Any = getattr(image, "tag_v2", {})
        return max(tags.get(_BITS_PER_SAMPLE, (8,)))
    return 8


def turned_as_stored(path: Path, values: NDArray[Any]) -> NDArray[Any]:
    """Turn stored (H, W, C) values of any kind as `load_image` turns its pixels."""
    with _reading(path), path.open("rb") as file:
        return _turned(values, _header_by_pillow(file).orientation)


def _turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """EXIF orientation 1..8: mirror and quarter turns, exact."""
    if orientation in (2, 4, 5, 7):
        pixels = pixels[:, ::-1]
    turns = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(pixels, turns))
