"""A small histogram with a level that can be dragged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.translation import tr


class Histogram(QWidget):
    """Counts of the 256 grey values and a line at a level; `level_dragged` when it is moved."""

    level_dragged = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: tuple[int, ...] = ()
        self._level = 128
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setToolTip(tr("Grey values in the box; drag the line to the level you want"))

    def sizeHint(self) -> QSize:
        """Half a pixel for each value, as high as the bar."""
        return QSize(128, 26)

    def show_counts(self, counts: Sequence[int], level: int) -> None:
        """Show 256 counts, or none, and the level 0..255."""
        if (tuple(counts), level) != (self._counts, self._level):
            self._counts, self._level = tuple(counts), level
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the line to the pointer."""
        self._drag_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the line with the pointer."""
        self._drag_to(event.position())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the counts by their root: rare values are seen beside frequent ones."""
        painter = QPainter(self)
        palette = self.palette()
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(area, palette.color(QPalette.ColorRole.Base))
        if self._counts:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Mid))
            painter.drawPolygon(self._shape(area))
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
        x = area.left() + (self._level + 0.5) / 256 * area.width()
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.end()

    def _shape(self, area: QRectF) -> QPolygonF:
        heights = np.sqrt(np.asarray(self._counts, float))
        heights *= area.height() / max(float(heights.max()), 1.0)
        step = area.width() / 256
        points = [QPointF(area.left(), area.bottom())]
        for value, height in enumerate(heights):
            points.append(QPointF(area.left() + (value + 0.5) * step, area.bottom() - height))
        return QPolygonF([*points, QPointF(area.right(), area.bottom())])

    def _drag_to(self, position: QPointF) -> None:
        level = int(position.x() / max(1, self.width()) * 256)
        self.level_dragged.emit(min(max(level, 0), 255))
