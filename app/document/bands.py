"""The stored values of an image that is more than 8-bit RGB, and how they are put on screen.

What the model sees is always `load_image`; this is for a person who looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.document.decoding import decode
from app.document.images import is_plain, turned_as_stored
from app.document.tiff_files import STARTS, read_first_page

LARGEST = 1_000_000_000
"""Bytes: of larger images the values are not kept."""
_SAMPLE = 1_000_000

Bands = NDArray[Any]


@dataclass(frozen=True)
class BandLooks:
    """Which bands are red, green and blue (or one of them grey), and which values are 0 and 255.

    A range is (lowest, highest); None takes it from the values, all but 0.2 % of them.
    """

    shown: tuple[int, ...]
    ranges: tuple[tuple[float, float] | None, ...]


def load_bands(path: Path) -> Bands | None:
    """(H, W, C) as stored, turned as displayed; None for plain 8-bit images and very large ones.

    Raises `ImageReadError`.
    """
    if is_plain(path):
        return None
    data = path.read_bytes()
    values = _tiff_values(data)
    if values is None:
        values = decode(path, data, all_bands=True)
    if values.ndim == 2:
        values = values[:, :, None]
    is_usual = values.dtype in (np.uint8, np.bool_) and values.shape[2] in (1, 3)
    if is_usual or values.nbytes > LARGEST:
        return None
    return turned_as_stored(path, values)


def default_looks(bands: Bands) -> BandLooks:
    """The first three bands as colours, or the first one as grey."""
    count = 3 if bands.shape[2] >= 3 else 1
    return BandLooks(tuple(range(count)), (None,) * count)


def automatic_range(band: NDArray[Any]) -> tuple[float, float]:
    """Where all but the darkest and the brightest 0.1 % of the (H, W) values are."""
    flat = band.reshape(-1)
    sample = flat[:: max(1, flat.size // _SAMPLE)]
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 0.0, 1.0
    low, high = np.percentile(sample, (0.1, 99.9))
    return (float(low), float(high)) if high > low else (float(sample.min()), float(sample.max()))


def on_screen(bands: Bands, looks: BandLooks) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB of (H, W, C) values. Not for the GUI thread."""
    planes = []
    for index, chosen in zip(looks.shown, looks.ranges, strict=True):
        band = bands[:, :, min(index, bands.shape[2] - 1)]
        planes.append(_stretched(band, *(chosen or automatic_range(band))))
    return np.stack(planes if len(planes) == 3 else planes[:1] * 3, axis=2)


def _stretched(band: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    scale = 255.0 / (high - low) if high > low else 0.0
    values = (np.nan_to_num(band.astype(np.float32), posinf=high, neginf=low) - low) * scale
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _tiff_values(data: bytes) -> Bands | None:
    if not data.startswith(STARTS):
        return None
    try:
        values = read_first_page(data)
    except Exception:
        # tifffile raises nearly anything; OpenCV may know the compression.
        return None
    return values if values.ndim in (2, 3) and values.size else None
