"""One small curve with its range, drawn with QPainter.

A plotting library is not used: pyqtgraph keeps its items in reference cycles, Python's collector
may free them in the engine's thread, and Qt then crashes; it also takes 0.4 s to import.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

HEIGHT = 92
MARGIN = 8
LABELS_WIDTH = 40
MOST_DOTS = 60

Points = Sequence[tuple[float, float]]
Band = Sequence[tuple[float, float, float]]
"""(x, low, high), x ascending."""


class Curve(QWidget):
    """Points (x, y), x ascending, as a line; a sentence while there are none.

    With a line of their own the points are pale dots beside it, and a band may lie below it.
    `span` fixes the lowest and highest y; without it the points decide.
    """

    def __init__(
        self, empty: str, *, span: tuple[float, float] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._empty = empty
        self._span = span
        self._points: Points = ()
        self._line: Points = ()
        self._band: Band = ()
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(empty)

    def set_points(self, points: Points, *, line: Points = (), band: Band = ()) -> None:
        """Show these points; those that are not finite are left out."""
        points = [(x, y) for x, y in points if math.isfinite(y)]
        line = [(x, y) for x, y in line if math.isfinite(y)]
        band = [(x, low, high) for x, low, high in band if math.isfinite(low + high)]
        if (points, line, band) != (self._points, self._line, self._band):
            self._points, self._line, self._band = points, line, band
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The grid lines of lowest and highest y, their numbers, and the line."""
        painter = QPainter(self)
        try:
            self._draw(painter)
        finally:
            painter.end()

    def _draw(self, painter: QPainter) -> None:
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        painter.setPen(quiet)
        if not self._points:
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(8, 8, -8, -8), flags, self._empty)
            return
        area = QRectF(self.rect()).adjusted(LABELS_WIDTH, MARGIN, -MARGIN, -MARGIN)
        low, high = self._span or _spread([y for _, y in self._points])
        for value, y in ((high, area.top()), (low, area.bottom())):
            painter.setPen(quiet)
            place = QRectF(0, y - 8, LABELS_WIDTH - 6, 16)
            aligned = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, aligned, f"{value:.3g}")
            painter.setPen(palette.color(QPalette.ColorRole.Midlight))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        ends = self._points[0][0], self._points[-1][0]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if len(self._band) > 1:
            self._draw_band(painter, area, low, high, ends)
        dots = placed(self._points, area, low, high, ends)
        line = placed(self._line, area, low, high, ends) if self._line else dots
        self._draw_line(painter, line)
        self._draw_dots(painter, dots)

    def _draw_band(
        self,
        painter: QPainter,
        area: QRectF,
        low: float,
        high: float,
        ends: tuple[float, float],
    ) -> None:
        top = placed([(x, above) for x, _, above in self._band], area, low, high, ends)
        bottom = placed([(x, below) for x, below, _ in self._band], area, low, high, ends)
        shade = QColor(self.palette().color(QPalette.ColorRole.Highlight))
        shade.setAlphaF(0.22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF([*top, *bottom[::-1]]))

    def _draw_line(self, painter: QPainter, points: list[QPointF]) -> None:
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 1.6))
        painter.drawPolyline(QPolygonF(points))

    def _draw_dots(self, painter: QPainter, points: list[QPointF]) -> None:
        accent = QColor(self.palette().color(QPalette.ColorRole.Highlight))
        if self._line:
            accent.setAlphaF(0.55)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        for point in points if len(points) <= MOST_DOTS else points[-1:]:
            painter.drawEllipse(point, 2.6, 2.6)


def placed(
    points: Points, area: QRectF, low: float, high: float, ends: tuple[float, float] | None = None
) -> list[QPointF]:
    """The points in an area, the highest value at its top; at most one point a pixel column.

    `ends` are the x of its left and right side: of the first and last point if None.
    """
    first, last = ends or (points[0][0], points[-1][0])
    step = max(1, len(points) // max(1, int(area.width())))
    # The last point is always among them: it is the one that people look at.
    chosen = list(points[::-1][::step])[::-1]
    across = area.width() / (last - first) if last > first else 0.0
    down = area.height() / (high - low) if high > low else 0.0
    return [
        QPointF(
            area.left() + (x - first) * across,
            area.bottom() - (min(max(y, low), high) - low) * down,
        )
        for x, y in chosen
    ]


def _spread(values: list[float]) -> tuple[float, float]:
    low, high = min(0.0, *values), max(values)
    return low, high if high > low else low + 1.0
