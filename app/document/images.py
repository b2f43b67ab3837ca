"""The one image loader: any usual file to (H, W, 3) uint8 RGB, turned as its EXIF says, once."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.document import png
from app.document.errors import ImageReadError
from app.document.image_files import find_images

__all__ = ["PIXEL_LIMIT", "ImageReadError", "find_images", "image_size", "load_image"]

PIXEL_LIMIT = 500_000_000
"""Larger images are refused: a file of a few kB can unpack to any number of pixels."""

_ORIENTATION = 0x0112
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_STRETCH_SAMPLE = 1_000_000

# Our own limit is checked before decoding; Pillow's would be a warning that depends on the caller.
Image.MAX_IMAGE_PIXELS = None
# A broken file is told to the user in a sentence, not by OpenCV on the terminal.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

Rgb = NDArray[np.uint8]


def load_image(path: Path, *, limit: int = PIXEL_LIMIT) -> Rgb:
    """Decode to (H, W, 3) uint8 RGB, as displayed. Any thread.

    16-bit and float values are stretched so that all but 0.2 % fit 0..255; grey becomes RGB; alpha
    is dropped; of many bands the first three, of many pages the first. Raises `ImageReadError`.
    """
    data = _read(path)
    header = _header(path, io.BytesIO(data), limit)
    if _is_cut_short(data):
        raise ImageReadError(path, "is cut short: copy it again.")
    pixels = _decode(path, data)
    if pixels.shape[0] * pixels.shape[1] > limit:
        raise ImageReadError(path, _too_large(pixels.shape[1], pixels.shape[0], limit))
    return _turned(_as_rgb(pixels), header.orientation)


def image_size(path: Path, *, limit: int = PIXEL_LIMIT) -> tuple[int, int]:
    """(width, height) as `load_image` would give, from the header where possible.

    Raises `ImageReadError`.
    """
    with _reading(path), path.open("rb") as file:
        header = _header(path, file, limit)
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
                return _orientation(image) == 1
        except Exception:
            # Pillow does not know it, so no reader that uses Pillow turns it.
            return True


class _Header(NamedTuple):
    """Size as stored (0 when unknown) and the EXIF orientation, 1..8, that is still to be done."""

    width: int
    height: int
    orientation: int


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
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which we do not need.
            with Image.open(file) as image:
                width, height = image.size
                # Pillow and OpenCV turn TIFFs by themselves, and no other format.
                orientation = 1 if image.format == "TIFF" else _orientation(image)
    except Exception:
        # Pillow raises nearly anything on hostile files; another reader may still know it.
        width, height, orientation = 0, 0, 1
    if width * height > limit:
        raise ImageReadError(path, _too_large(width, height, limit))
    return _Header(width, height, orientation)


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:
        # Broken EXIF must not cost the user the image.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _too_large(width: int, height: int, limit: int) -> str:
    return f"is too large ({width} x {height}; the limit is {limit // 1_000_000} million pixels)."


def _is_cut_short(data: bytes) -> bool:
    """OpenCV fills the missing part of these with grey; a person would label nothing."""
    if data.startswith(png.SIGNATURE):
        return data.rfind(b"IEND") < 0
    if data.startswith(b"\xff\xd8"):
        return data.find(b"\xff\xd9", _jpeg_scan_start(data)) < 0
    return False


def _jpeg_scan_start(data: bytes) -> int:
    """Where the picture starts: after the segments, one of which may hold a thumbnail."""
    offset = 2
    while offset + 4 <= len(data) and data[offset] == 0xFF and data[offset + 1] != 0xDA:
        offset += 2 + int.from_bytes(data[offset + 2 : offset + 4], "big")
    return offset


def _decode(path: Path, data: bytes) -> NDArray[Any]:
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    pixels: NDArray[Any] | None
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        pixels = None if decoded is None else np.asarray(decoded)
    except cv2.error:
        pixels = None
    if pixels is not None and pixels.ndim == 3 and pixels.shape[2] >= 3:
        pixels = pixels[:, :, 2::-1]
    if pixels is None and data.startswith(_TIFF_STARTS):
        pixels = _decode_tiff(path, data)
    if pixels is None or pixels.ndim not in (2, 3) or pixels.size == 0:
        raise ImageReadError(path, "is damaged or is not an image.")
    return pixels


def _decode_tiff(path: Path, data: bytes) -> NDArray[Any]:
    """Bands and compressions that OpenCV does not know."""
    import tifffile  # Slow to import, and seldom needed.

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            pixels = page.asarray()
            axes = page.axes
    except Exception as error:
        # tifffile raises nearly anything on hostile files.
        raise ImageReadError(path, f"is a TIFF that cannot be read ({error}).") from error
    if axes in ("SYX", "CYX"):
        pixels = np.moveaxis(pixels, 0, -1)
    return pixels


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


def _turned(rgb: Rgb, orientation: int) -> Rgb:
    """EXIF orientation 1..8: mirror and quarter turns, exact."""
    if orientation in (2, 4, 5, 7):
        rgb = rgb[:, ::-1]
    turns = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(rgb, turns))
