"""A widget that looks at a part of something large: zoom, pan, and repainting little of it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.canvas.exposure import shift
from app.ui.canvas.view import View, centred_on, fitted


class Viewport(QWidget):
    """Knows the view and what of the widget is to be painted; whoever derives from it paints."""

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = View()
        self.is_fitted = True
        self._exposed = QRect()
        # Every pixel is painted, which lets Qt shift what is there when the view is moved.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 150)

    @property
    def shown_size(self) -> tuple[int, int] | None:
        """Width and height of what is shown, in its own pixels; None: nothing."""
        raise NotImplementedError

    def note_moved(self) -> None:
        """The view was set; it may be the same."""

    @property
    def extent(self) -> tuple[int, int]:
        """Width and height of the widget."""
        return self.width(), self.height()

    @property
    def image_rect(self) -> QRectF:
        """Where the image is on the widget."""
        if self.shown_size is None:
            return QRectF()
        x0, y0 = self.view.to_widget(0, 0)
        x1, y1 = self.view.to_widget(*self.shown_size)
        return QRectF(x0, y0, x1 - x0, y1 - y0)

    def set_view(self, view: View) -> None:
        """Look at another part of the image."""
        if self.shown_size is not None:
            view = view.kept_on_screen(self.shown_size, self.extent).settled()
        before, self.view = self.view, view
        self.note_moved()
        if view != before:
            self.is_fitted = False
            if not shift(self, before, view):
                self.update()
            self.view_changed.emit()

    def fit(self) -> None:
        """Show the whole image, and keep doing so while the window changes its size."""
        if self.shown_size is not None:
            self.set_view(fitted(self.shown_size, self.extent))
            self.is_fitted = True

    def look_at(self, x0: int, y0: int, x1: int, y1: int) -> None:
        """Bring this box of the image into the middle, with some of what is around it."""
        self.set_view(centred_on((x0, y0, x1, y1), self.extent))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Magnify at a widget point, or in the middle."""
        point = QPointF(self.rect().center()) if at is None else at
        self.set_view(self.view.zoomed(factor, point.x(), point.y()))

    def show_actual_size(self) -> None:
        """One image pixel on one pixel of the screen."""
        middle = QPointF(self.rect().center())
        view = self.view.at_scale(1 / self.devicePixelRatioF(), middle.x(), middle.y())
        self.set_view(View(view.scale, round(view.dx), round(view.dy)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole image in view if it was; another part of it is seen in any case."""
        super().resizeEvent(event)
        if self.is_fitted:
            self.fit()
        else:
            self.set_view(self.view)
        self.view_changed.emit()

    def expose(self, rect: QRect) -> None:
        """Repaint a rectangle; with one before that it meets as one box: each piece costs time."""
        if self._exposed.intersects(rect):
            rect = rect.united(self._exposed)
        self._exposed = rect
        self.update(rect)

    def note_painted(self) -> None:
        """What was exposed is being painted."""
        self._exposed = QRect()

    def widget_rect(self, x0: float, y0: float, x1: float, y1: float) -> QRect:
        """The widget pixels that a box of the image touches, and a little more."""
        left, top = self.view.to_widget(x0, y0)
        right, bottom = self.view.to_widget(x1, y1)
        # Two pixels more: line width, and smooth sampling of neighbours.
        x, y = math.floor(left) - 2, math.floor(top) - 2
        return QRect(x, y, math.ceil(right) + 2 - x, math.ceil(bottom) + 2 - y)
