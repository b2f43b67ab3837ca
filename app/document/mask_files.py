"""Masks that other programs wrote: class ids out of grey, palette, 16-bit and TIFF files."""

from __future__ import annotations

import io
import warnings
from collections.abc import Container
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.document.classes import UNLABELLED
from app.document.errors import LabelImportError
from app.document.images import pixel_limit
from app.document.photographs import is_photograph

Ids = NDArray[np.uint8]

_TIFF_SUFFIXES = (".tif", ".tiff")


def read_mask(path: Path, *, known: Container[int] = (), limit: int | None = None) -> Ids:
    """The (H, W) uint8 ids of a mask file; 255 (or 65535 in 16 bits) = unlabelled.

    A palette PNG gives its indices, never its colours. Raises `LabelImportError`, also for a
    JPEG picture and for a photograph: many values that look like one, not all of them `known` ids.
    """
    values = read_values(path, limit=limit)
    if values.ndim == 3 and all(
        np.array_equal(values[:, :, 0], values[:, :, band]) for band in range(1, 3)
    ):
        values = values[:, :, 0]
    if values.ndim != 2:
        raise LabelImportError(f"{path.name} is a colour picture: class numbers need a grey one.")
    if values.dtype.kind in "iu" and is_photograph(values):
        found = np.unique(values).tolist()
        if not all(value in known or value in (UNLABELLED, 65535) for value in found):
            raise LabelImportError(
                f"{path.name} holds {len(found)} grey values, most of which no class has: it is "
                "no mask."
            )
    refuse_jpeg(path)
    return as_ids(values, path)


def refuse_jpeg(path: Path) -> None:
    """Raise `LabelImportError` for a file that cannot hold a mask as it was."""
    if path.suffix.lower() in (".jpg", ".jpeg"):
        raise LabelImportError(
            f"{path.name} is a JPEG picture, and JPEG changes the numbers and colours of classes: "
            "export the masks as PNG."
        )


def read_values(path: Path, *, limit: int | None = None) -> NDArray[Any]:
    """What the file stores: (H, W) numbers or palette indices, or (H, W, 3) RGB.

    Raises `LabelImportError`.
    """
    limit = pixel_limit() if limit is None else limit
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LabelImportError(f"{path.name} cannot be read ({error.strerror}).") from error
    if path.suffix.lower() in _TIFF_SUFFIXES:
        return _tiff_values(path, data, limit)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > limit:
                    raise LabelImportError(f"{path.name} is too large.")
                if image.mode in ("RGBA", "CMYK", "YCbCr"):
                    return np.asarray(image.convert("RGB"))
                return np.asarray(image)
    except LabelImportError:
        raise
    except Exception as error:
        # Pillow raises nearly anything on hostile files.
        raise LabelImportError(f"{path.name} is damaged or is not a picture.") from error


def as_ids(values: NDArray[Any], path: Path) -> Ids:
    """(H, W) whole numbers 0..253 and the unlabelled one as uint8. Raises `LabelImportError`."""
    if values.dtype == np.bool_:
        return values.astype(np.uint8)
    if not np.issubdtype(values.dtype, np.integer):
        if not np.array_equal(values, np.rint(values)):
            raise LabelImportError(f"{path.name} does not hold whole class numbers.")
        values = values.astype(np.int64)
    values = np.where(values == 65535, UNLABELLED, values) if values.dtype != np.uint8 else values
    values = np.where(values == -1, UNLABELLED, values) if values.dtype.kind == "i" else values
    bad = (values > 253) & (values != UNLABELLED)
    if values.dtype.kind == "i":
        bad |= values < 0
    if bad.any():
        number = int(values[bad][0])
        raise LabelImportError(f"{path.name} holds the class number {number}: 0 to 253 are usable.")
    return np.ascontiguousarray(values, np.uint8)


def _tiff_values(path: Path, data: bytes, limit: int) -> NDArray[Any]:
    import tifffile  # Slow to import, and seldom needed.

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            if int(np.prod(page.shape)) > 4 * limit:
                raise LabelImportError(f"{path.name} is too large.")
            return np.squeeze(page.asarray())
    except LabelImportError:
        raise
    except Exception:
        # A compression that tifffile needs more packages for; OpenCV knows some of these.
        try:
            values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:
            values = None
        if values is None:
            raise LabelImportError(f"{path.name} is damaged or is not a picture.") from None
        return np.asarray(values[:, :, 2::-1] if values.ndim == 3 else values)
