"""From the bytes of an image file to its pixels, by OpenCV, and tifffile for what it knows not."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document import png, tiff_files
from app.document.errors import ImageReadError

# A broken file is told to the user in a sentence, not by OpenCV on the terminal.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_JPEG = b"\xff\xd8"


def decode(path: Path, data: bytes, *, all_bands: bool = False) -> NDArray[Any]:
    """(H, W) or (H, W, C) in the order red, green, blue, of any kind of number.

    Alpha is dropped unless `all_bands`. Raises `ImageReadError`.
    """
    is_tiff = data.startswith(tiff_files.STARTS)
    pixels = None if is_tiff and tiff_files.has_planes(data) else _by_opencv(data)
    if pixels is not None and pixels.ndim == 3 and pixels.shape[2] >= 3:
        is_four = all_bands and pixels.shape[2] == 4
        pixels = pixels[:, :, (2, 1, 0, 3)] if is_four else pixels[:, :, 2::-1]
    if pixels is None and is_tiff:
        try:
            pixels = tiff_files.read_first_page(data)
        except Exception as error:
            raise ImageReadError(path, f"is a TIFF that cannot be read ({error}).") from error
    if pixels is None or pixels.ndim not in (2, 3) or pixels.size == 0:
        raise ImageReadError(path, "is damaged or is not an image.")
    return pixels


def _by_opencv(data: bytes) -> NDArray[Any] | None:
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    return None if decoded is None else np.asarray(decoded)


def decode_into(path: Path, pixels: NDArray[np.uint8]) -> bool:
    """Fill (H, W, 3) uint8 RGB from the top down; False when this file needs another way."""
    try:
        if path.suffix.lower() in (".tif", ".tiff"):
            if tiff_files.read_uncompressed(path, pixels):
                return True
            if tiff_files.has_planes(path):
                return False
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        read = cv2.imread(str(path), pixels, flags)
    except Exception:
        # Both raise nearly anything on hostile files; the usual way then tells what it is.
        return False
    return read is not None and np.shares_memory(read, pixels)


def quick_look(path: Path, side: int) -> NDArray[np.uint8] | None:
    """A small RGB version of a large file, about `side` pixels long, if it can be had quickly."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith(_JPEG):
            flags = cv2.IMREAD_REDUCED_COLOR_8 | cv2.IMREAD_IGNORE_ORIENTATION
            small = cv2.imread(str(path), flags)
            return None if small is None else np.asarray(small, np.uint8)[:, :, ::-1]
        if start in tiff_files.STARTS:
            found = tiff_files.small_version(path, side)
            is_rgb = found is not None and found.dtype == np.uint8 and found.shape[2:] == (3,)
            return found if is_rgb else None
    except Exception:
        # Only a first look: opening the file itself tells what is wrong.
        return None
    return None


def is_cut_short(data: bytes | mmap.mmap) -> bool:
    """OpenCV fills the missing part of these with grey; a person would label nothing."""
    if data[: len(png.SIGNATURE)] == png.SIGNATURE:
        return data.rfind(b"IEND") < 0
    if data[:2] == _JPEG:
        return data.rfind(b"\xff\xd9", _jpeg_scan_start(data)) < 0
    return False


def is_file_cut_short(path: Path) -> bool:
    """The same of a file that is too large to be read for it."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return is_cut_short(data)
    except (OSError, ValueError):
        return False


def _jpeg_scan_start(data: bytes | mmap.mmap) -> int:
    """Where the picture starts: after the segments, one of which may hold a thumbnail."""
    offset = 2
    while offset + 4 <= len(data) and data[offset] == 0xFF and data[offset + 1] != 0xDA:
        offset += 2 + int.from_bytes(data[offset + 2 : offset + 4], "big")
    return offset
