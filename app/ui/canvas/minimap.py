"""The minimap: the whole image small in a corner, with what is on screen; only when zoomed in."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.ui.canvas.view import View
from app.ui.canvas.widget import Canvas

SIDE = 150
MARGIN = 10


class Minimap(QWidget):
    """Lies on the canvas; a click or drag moves the view there."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._picture = QImage()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        canvas.view_changed.connect(self._follow)
        canvas.session.image_changed.connect(self._take_image)
        canvas.session.picture_changed.connect(self._take_part)
        self.hide()

    def _take_part(self, x0: int, y0: int, x1: int, y1: int) -> None:
        """A picture that is read in parts is there as a whole, in few pixels."""
        layers = self._canvas.layers
        if layers is not None and (x0, y0, x1, y1) == (0, 0, *layers.size):
            self._take_image()

    def _take_image(self) -> None:
        layers = self._canvas.layers
        self._picture = QImage()
        if layers is not None:
            source = layers.picture.small(SIDE)
            self._picture = source.scaled(
                SIDE,
                SIDE,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self.resize(self._picture.size())
        self._follow()

    def _follow(self) -> None:
        layers = self._canvas.layers
        is_whole = True
        if layers is not None:
            rect = self._canvas.image_rect
            is_whole = QRectF(self._canvas.rect()).adjusted(-2, -2, 2, 2).contains(rect)
        self.setVisible(not is_whole and not self._picture.isNull())
        self.move(
            self._canvas.width() - self.width() - MARGIN,
            self._canvas.height() - self.height() - MARGIN,
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, paler outside of the part on screen."""
        layers = self._canvas.layers
        if layers is None:
            return
        painter = QPainter(self)
        try:
            painter.drawImage(self.rect(), self._picture)
            scale = self.width() / layers.width
            x0, y0 = self._canvas.view.to_image(0, 0)
            x1, y1 = self._canvas.view.to_image(self._canvas.width(), self._canvas.height())
            seen = QRectF(x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale)
            seen = seen.intersected(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
            painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
            painter.setPen(QPen(QColor(0, 0, 0, 170), 3.5))
            painter.setBrush(QColor(255, 255, 255, 45))
            painter.drawRect(seen)
            painter.setPen(QPen(QColor(255, 255, 255), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(seen)
        finally:
            painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look there."""
        self._look(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Look there."""
        if event.buttons():
            self._look(event.position())

    def _look(self, at: QPointF) -> None:
        layers, view = self._canvas.layers, self._canvas.view
        if layers is None:
            return
        x, y = at.x() * layers.width / self.width(), at.y() * layers.height / self.height()
        middle = self._canvas.width() / 2, self._canvas.height() / 2
        self._canvas.set_view(
            View(view.scale, middle[0] - x * view.scale, middle[1] - y * view.scale)
        )
