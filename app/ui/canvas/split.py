"""Two versions of the model on one picture: beside each other, or what differs, blinking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from app.ui.canvas.display import Comparing
from app.ui.canvas.overlay import OverlayTables
from app.ui.canvas.painter import draw_overlay
from app.ui.canvas.tiles import OverlayTiles

if TYPE_CHECKING:
    from app.comparison import Compared
    from app.ui.canvas.layers import CanvasLayers
    from app.ui.canvas.view import View

REACH = 5
BLINK_MS = 500


class SplitView(QObject):
    """Draws the overlay while two versions are compared; `changed` when it must be drawn anew.

    The divider is at `divider` image pixels from the left: the other version is left of it, that
    in use, or a third one, right of it.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mode = Comparing.OFF
        self.divider = 0.0
        self._other: OverlayTiles | None = None
        self._right: OverlayTiles | None = None
        self._changes: tuple[OverlayTiles, OverlayTiles] | None = None
        self._shows_after = False
        self._is_drawn = True
        self._timer = QTimer(self, interval=BLINK_MS)
        self._timer.timeout.connect(self._blink)

    @property
    def is_shown(self) -> bool:
        """Whether there is something to compare, and it is wanted."""
        return self.mode is not Comparing.OFF and self._other is not None

    def take(self, compared: Compared | None, layers: CanvasLayers, looks: OverlayTables) -> None:
        """Compare with this; None: with nothing any more."""
        self._other = self._right = self._changes = None
        if compared is not None:
            labels = layers.source.label_levels
            self._other = OverlayTiles(labels, looks, compared.other)
            if compared.right is not None:
                self._right = OverlayTiles(labels, looks, compared.right)
            self._changes = (
                OverlayTiles(compared.before, looks),
                OverlayTiles(compared.after, looks),
            )
        self._run_timer()
        self.changed.emit()

    def show(self, mode: Comparing, *, divider: float) -> None:
        """Compare in this way; a divider that was not there is put at `divider`."""
        if mode is not self.mode:
            self.mode, self.divider = mode, divider
            self._run_timer()
            self.changed.emit()

    def set_drawn(self, is_drawn: bool) -> None:
        """Whether anybody sees the overlay: nothing blinks behind a hidden window."""
        if is_drawn != self._is_drawn:
            self._is_drawn = is_drawn
            self._run_timer()

    @property
    def is_blinking(self) -> bool:
        """Whether the timer runs."""
        return self._timer.isActive()

    def set_looks(self, looks: OverlayTables) -> None:
        """Draw with other colours from now on."""
        for tiles in (self._other, self._right, *(self._changes or ())):
            if tiles is not None:
                tiles.set_looks(looks)

    def follow(self, x: int, y: int, width: int, height: int, *, level: int) -> None:
        """A rectangle of the labels has changed; `level` of the overlay is on screen."""
        for tiles in (self._other, self._right):
            if tiles is not None:
                tiles.follow(x, y, x + width, y + height, level=level)

    def meets(self, x: float, view: View) -> bool:
        """Whether a place on the widget is on the divider."""
        is_split = self.is_shown and self.mode is Comparing.SPLIT
        return is_split and abs(view.to_widget(self.divider, 0)[0] - x) <= REACH

    def drag_to(self, x: float, view: View, layers: CanvasLayers) -> None:
        """Take the divider to a place on the widget."""
        self.divider = min(max(view.to_image(x, 0)[0], 0.0), float(layers.width))
        self.changed.emit()

    def draw(self, painter: QPainter, layers: CanvasLayers, view: View, *, ratio: float) -> None:
        """Draw the overlay of both versions."""
        if self.mode is Comparing.BLINK and self._changes is not None:
            draw_overlay(painter, layers, view, ratio=ratio, tiles=self._changes[self._shows_after])
        elif self._other is not None:
            self._draw_sides(painter, layers, view, self._other, ratio=ratio)

    def _draw_sides(
        self,
        painter: QPainter,
        layers: CanvasLayers,
        view: View,
        other: OverlayTiles,
        *,
        ratio: float,
    ) -> None:
        x = round(view.to_widget(self.divider, 0)[0])
        exposed = painter.clipBoundingRect()
        left = QRectF(exposed.left(), exposed.top(), x - exposed.left(), exposed.height())
        right = QRectF(x, exposed.top(), exposed.right() - x, exposed.height())
        for side, tiles in ((left, other), (right, self._right or layers.tiles)):
            if side.width() > 0:
                painter.save()
                painter.setClipRect(side, Qt.ClipOperation.IntersectClip)
                draw_overlay(painter, layers, view, ratio=ratio, tiles=tiles)
                painter.restore()
        for colour, width in ((QColor(0, 0, 0, 170), 3), (QColor(255, 255, 255), 1)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(x, exposed.top()), QPointF(x, exposed.bottom()))

    def _run_timer(self) -> None:
        if self.mode is Comparing.BLINK and self._changes is not None and self._is_drawn:
            self._timer.start()
        else:
            self._timer.stop()

    def _blink(self) -> None:
        self._shows_after = not self._shows_after
        self.changed.emit()
