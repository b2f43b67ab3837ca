"""The yardstick of `bench canvas`: an overlay that is coloured anew as a whole at each event."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget


class NaiveCanvas(QWidget):
    """The whole image fitted into the widget, labels over it; paints with a round brush."""

    def __init__(self, image: NDArray[np.uint8], *, radius: int) -> None:
        super().__init__()
        height, width = image.shape[:2]
        self.labels = np.full((height, width), 255, np.uint8)
        self._radius = radius
        self._picture = QImage(image.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._pixels = image
        self._colours = np.zeros((256, 4), np.uint8)
        self._colours[1] = (20, 60, 128, 128)  # blue, green, red, alpha: premultiplied
        self._overlay: NDArray[np.uint8] = self._colours[self.labels]
        self._last: tuple[int, int] | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        self._last = self._pixel(event)
        self._draw(self._last)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        if self._last is not None:
            self._draw(self._pixel(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        self._last = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw everything."""
        height, width = self.labels.shape
        overlay = QImage(
            self._overlay.data, width, height, QImage.Format.Format_ARGB32_Premultiplied
        )
        painter = QPainter(self)
        target = QRectF(self._target())
        painter.drawImage(target, self._picture)
        painter.drawImage(target, overlay)
        painter.end()

    def _draw(self, end: tuple[int, int]) -> None:
        start = self._last or end
        cv2.line(self.labels, start, end, 1, max(1, 2 * self._radius))
        self._last = end
        self._overlay = self._colours[self.labels]
        self.update()

    def _target(self) -> QRectF:
        height, width = self.labels.shape
        scale = min(self.width() / width, self.height() / height)
        return QRectF(0, 0, width * scale, height * scale)

    def _pixel(self, event: QMouseEvent) -> tuple[int, int]:
        scale = self.labels.shape[1] / self._target().width()
        return int(event.position().x() * scale), int(event.position().y() * scale)
