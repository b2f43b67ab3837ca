"""The images that travel with an export: as they are, or upright where their EXIF turned them."""

from __future__ import annotations

import cv2

from app.document.errors import ExportError
from app.document.export.frame import Picture


def image_bytes(picture: Picture) -> bytes:
    """The image in the format that `picture.suffix` says.

    A file that is stored upright is copied byte by byte. One that its EXIF turns is encoded again:
    most readers of data sets ignore EXIF, and the mask would not fit. Raises `ImageReadError`.
    """
    if picture.is_upright and picture.suffix == picture.path.suffix.lower():
        return picture.path.read_bytes()
    return encoded(picture, picture.suffix)


def encoded(picture: Picture, suffix: str) -> bytes:
    """The image as an upright 8-bit RGB `.png` or `.jpg`. Raises `ImageReadError`."""
    if suffix in (".jpg", ".jpeg") and picture.is_upright and picture.path.suffix.lower() == suffix:
        return picture.path.read_bytes()
    options = (cv2.IMWRITE_JPEG_QUALITY, 95) if suffix in (".jpg", ".jpeg") else ()
    is_done, data = cv2.imencode(suffix, picture.rgb()[:, :, ::-1], options)
    if not is_done:
        raise ExportError(f"{picture.name} cannot be written as {suffix}.")
    return data.tobytes()
