"""How other programs read pictures: Pillow and OpenCV here, Qt's reader is brought along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ORIENTATION = 0x0112

Values = NDArray[Any]
Size = tuple[int, int]


@dataclass(frozen=True)
class Reader:
    """A library that reads pictures. Both functions give nothing for what it cannot read.

    `read`: (H, W) numbers or palette indices, or (H, W, 3) RGB. `sizes`: every (width, height)
    that a program which uses it may see, with and without heeding EXIF.
    """

    name: str
    read: Callable[[Path], Values | None]
    sizes: Callable[[Path], set[Size]]


def _pillow(path: Path) -> Values | None:
    try:
        with Image.open(path) as image:
            return np.asarray(image)
    except (OSError, ValueError, SyntaxError):
        return None


def _pillow_sizes(path: Path) -> set[Size]:
    try:
        with Image.open(path) as image:
            image.load()
            is_on_its_side = image.getexif().get(_ORIENTATION, 1) >= 5
            return {image.size, image.size[::-1] if is_on_its_side else image.size}
    except (OSError, ValueError, SyntaxError):
        return set()


def _opencv(path: Path) -> Values | None:
    return _decoded(path, cv2.IMREAD_UNCHANGED)


def _opencv_sizes(path: Path) -> set[Size]:
    values = _decoded(path, cv2.IMREAD_COLOR)  # heeds EXIF
    return set() if values is None else {(values.shape[1], values.shape[0])}


def _decoded(path: Path, flag: int) -> Values | None:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        pixels = cv2.imdecode(data, flag) if data.size else None
    except (OSError, cv2.error):
        return None
    if pixels is None:
        return None
    return np.asarray(pixels[:, :, 2::-1] if pixels.ndim == 3 else pixels)


PILLOW = Reader("Pillow", _pillow, _pillow_sizes)
OPENCV = Reader("OpenCV", _opencv, _opencv_sizes)
