"""The canvas widget: shows the image of the session and repaints only what changed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.canvas.display import Display
from app.ui.canvas.exposure import parts, shift
from app.ui.canvas.guesses import GuessLevels
from app.ui.canvas.layers import CanvasLayers
from app.ui.canvas.overlay import OverlayTables
from app.ui.canvas.painter import draw_outline, draw_overlay, draw_picture, draw_preview
from app.ui.canvas.view import View, centred_on, fitted
from app.ui.tools.pixels.stroke import rim
from app.ui.tools.tool import Pointing, Preview
from app.ui.tools.toolbox import Toolbox
from app.ui.translation import tr

_AROUND = QPalette.ColorRole.Dark

if TYPE_CHECKING:
    from app.document.id_pyramid import IdPyramid
    from app.session import Session


class Canvas(QWidget):
    """Draws; the pointer and the keys are the business of CanvasInput."""

    view_changed = Signal()

    def __init__(
        self, session: Session, toolbox: Toolbox, display: Display, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.toolbox = toolbox
        self.display = display
        self.view = View()
        self.layers: CanvasLayers | None = None
        self._is_fitted = True
        self._outline = QPolygonF()
        self._outline_at: tuple[int, int] | None = None
        self._preview: Preview | None = None
        self._exposed = QRect()
        self._guesses = GuessLevels(toolbox.background, self)
        self._guesses.built.connect(self._show_guesses)
        self._idle = QTimer(self, interval=0)
        self._idle.timeout.connect(self._work_ahead)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 150)
        # Every pixel is painted, which lets Qt shift what is there when the view is moved.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Canvas"))

        session.image_changed.connect(self._take_image)
        session.labels_changed.connect(self._follow_labels)
        session.prediction_changed.connect(self._take_prediction)
        session.place_found.connect(self.look_at)
        session.classes_changed.connect(self._take_looks)
        display.changed.connect(self._take_looks)
        toolbox.options.changed.connect(self._take_brush)
        toolbox.tool_changed.connect(self._take_brush)
        toolbox.background.delivered.connect(self.show_preview)
        self._take_brush()

    # View

    def set_view(self, view: View) -> None:
        """Look at another part of the image."""
        if self.layers is not None:
            view = view.kept_on_screen(self.layers.size, (self.width(), self.height())).settled()
        if self.layers is not None:
            options = self.toolbox.options
            options.visible = view.visible(self.layers.size, (self.width(), self.height()))
            options.scale = view.scale
        if view != self.view:
            before, self.view = self.view, view
            self._is_fitted = False
            self._show_moved(before, view)
            self.view_changed.emit()

    def _show_moved(self, before: View, now: View) -> None:
        """Repaint all of it, or shift what is there by whole pixels and paint only the border."""
        if shift(self, before, now):
            self._idle.start()
        else:
            self.update()

    def fit(self) -> None:
        """Show the whole image, and keep doing so while the window changes its size."""
        if self.layers is not None:
            self.set_view(fitted(self.layers.size, (self.width(), self.height())))
            self._is_fitted = True

    def look_at(self, x0: int, y0: int, x1: int, y1: int) -> None:
        """Bring this box of the image into the middle, with some of what is around it."""
        self.set_view(centred_on((x0, y0, x1, y1), (self.width(), self.height())))

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
        """Keep the whole image in view if it was."""
        super().resizeEvent(event)
        if self._is_fitted:
            self.fit()
        else:
            self.set_view(self.view)

    # What changed

    def point_at(self, pixel: tuple[int, int] | None) -> None:
        """Draw the brush outline around this pixel; None: nowhere."""
        if pixel != self._outline_at:
            self._update_outline()
            self._outline_at = pixel
            self._update_outline()

    def show_preview(self) -> None:
        """Draw the preview of the tool as it is now."""
        preview = self.toolbox.current.preview
        if preview is not self._preview:
            self.update()
            self._preview = preview

    def _take_image(self) -> None:
        image = self.session.image
        is_same_size = (
            self.layers is not None
            and image is not None
            and image.layers.labels.shape == (self.layers.height, self.layers.width)
        )
        self.layers = None if image is None else CanvasLayers(image, self._looks())
        self._preview = None
        self._guesses.forget()
        if self.layers is not None and self.display.shows_confidence:
            self._take_prediction()
        if not is_same_size or self._is_fitted:
            self.fit()
        self.set_view(self.view)
        self.update()

    def _follow_labels(self, x: int, y: int, width: int, height: int) -> None:
        if self.layers is not None:
            level = self._overlay_level(self.layers)
            if not self.layers.follow(x, y, width, height, level=level):
                self._idle.start()
            self._update_overlay(x, y, x + width, y + height)

    def _work_ahead(self) -> None:
        """In idle time: one block of a very large change, or one tile that may come into view."""
        layers = self.layers
        if layers is None or self.toolbox.current.is_busy:
            # A stroke goes before; the next change or move starts this again.
            self._idle.stop()
            return
        level = self._overlay_level(layers)
        block = layers.refine(level=level)
        if block is not None:
            self._update_overlay(*block)
            return
        seen = self.view.visible(layers.size, (self.width(), self.height()))
        if not layers.tiles.prepare(level, seen):
            self._idle.stop()

    def _overlay_level(self, layers: CanvasLayers) -> int:
        return layers.overlay_level(self.view.scale * self.devicePixelRatioF())

    def _update_overlay(self, x0: int, y0: int, x1: int, y1: int) -> None:
        if self.layers is not None:
            # Edges change one pixel further than the labels, and smooth sampling reaches one more,
            # both in pixels of the level that is drawn.
            more = 2 << self._overlay_level(self.layers)
            self._expose(self._widget_rect(x0 - more, y0 - more, x1 + more, y1 + more))

    def _take_prediction(self) -> None:
        if self.layers is not None:
            has_heat = self.display.shows_confidence
            self._guesses.build(self.layers.source.layers, with_confidence=has_heat)

    def _show_guesses(self, prediction: IdPyramid | None, confidence: IdPyramid | None) -> None:
        if self.layers is not None:
            self.layers.set_guesses(prediction, confidence)
            self.update()

    def _take_looks(self) -> None:
        if self.layers is not None:
            self.layers.tiles.set_looks(self._looks())
            if self.layers.has_heat != self.display.shows_confidence:
                self._take_prediction()
            self.update()

    def _looks(self) -> OverlayTables:
        return self.display.looks(self.session.classes.colour_table())

    def _take_brush(self) -> None:
        self._update_outline()
        options = self.toolbox.options
        corners = rim(radius=options.radius, shape=options.shape)
        self._outline = QPolygonF([QPointF(x, y) for x, y in corners])
        self._preview = self.toolbox.current.preview
        self.update() if self._preview is not None else self._update_outline()

    def _update_outline(self) -> None:
        if self._outline_at is not None:
            box = self._outline.translated(*self._outline_at).boundingRect()
            self._expose(self._widget_rect(box.left(), box.top(), box.right(), box.bottom()))

    def _expose(self, rect: QRect) -> None:
        """Repaint a rectangle; with one before that it meets as one box: each piece costs time."""
        if self._exposed.intersects(rect):
            rect = rect.united(self._exposed)
        self._exposed = rect
        self.update(rect)

    def _widget_rect(self, x0: float, y0: float, x1: float, y1: float) -> QRect:
        left, top = self.view.to_widget(x0, y0)
        right, bottom = self.view.to_widget(x1, y1)
        # Two pixels more: line width, and smooth sampling of neighbours.
        x, y = math.floor(left) - 2, math.floor(top) - 2
        return QRect(x, y, math.ceil(right) + 2 - x, math.ceil(bottom) + 2 - y)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the exposed rectangle."""
        self._exposed = QRect()
        painter = QPainter(self)
        try:
            for part in parts(event.region()):
                # The clip of the painter is the exposed part: nothing else says what that is.
                painter.setClipRegion(part)
                painter.fillRect(part.boundingRect(), self.palette().color(_AROUND))
                if self.layers is not None:
                    self._draw(painter, self.layers)
        finally:
            # An exception with the painter still active would repeat without end.
            painter.end()

    def _draw(self, painter: QPainter, layers: CanvasLayers) -> None:
        ratio = self.devicePixelRatioF()
        draw_picture(painter, layers, self.view, ratio=ratio, tone=self.display.tone)
        if self.display.is_overlay_drawn:
            draw_overlay(painter, layers, self.view, ratio=ratio)
        if self._preview is not None:
            colour = self.session.classes.by_id(self.session.current_class).colour
            draw_preview(painter, self._preview, colour, self.view)
        if self._outline_at is not None and self.toolbox.current.pointing is Pointing.BRUSH:
            draw_outline(painter, self._outline.translated(*self._outline_at), self.view)

    @property
    def image_rect(self) -> QRectF:
        """Where the image is on the widget."""
        if self.layers is None:
            return QRectF()
        x0, y0 = self.view.to_widget(0, 0)
        x1, y1 = self.view.to_widget(*self.layers.size)
        return QRectF(x0, y0, x1 - x0, y1 - y0)
