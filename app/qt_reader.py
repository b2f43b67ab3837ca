"""Qt as a reader of pictures, for the export doctor. Needs no window and no application."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader

from app.document.export.readers import Reader, Size, Values

_Format = QImage.Format


def _read(path: Path) -> Values | None:
    _, image = _image(path)
    if image is None:
        return None
    if image.format() == _Format.Format_Grayscale16:
        return _array(image, 2).view(np.uint16)[:, : image.width()]
    if image.format() in (_Format.Format_Grayscale8, _Format.Format_Indexed8):
        return _array(image, 1)
    return _array(image.convertToFormat(_Format.Format_RGB888), 3).reshape(
        image.height(), image.width(), 3
    )


def _sizes(path: Path) -> set[Size]:
    reader, image = _image(path)
    if image is None:
        return set()
    size = (image.width(), image.height())
    rotates = QImageIOHandler.Transformation.TransformationRotate90
    return {size, size[::-1] if reader.transformation() & rotates else size}


def _image(path: Path) -> tuple[QImageReader, QImage | None]:
    """The image as it is stored, and its reader."""
    # Qt refuses what unpacks to more than 256 MB; these are files that Maskloop has written.
    QImageReader.setAllocationLimit(0)
    reader = QImageReader(str(path))
    reader.setAutoTransform(False)
    image = reader.read()
    return reader, None if image.isNull() else image


def _array(image: QImage, bytes_a_pixel: int) -> Values:
    """A copy of the rows without their padding: (H, W * bytes a pixel) uint8."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return np.array(rows[:, : image.width() * bytes_a_pixel])


QT = Reader("Qt", _read, _sizes)
