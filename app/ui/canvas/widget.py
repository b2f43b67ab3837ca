"""The canvas widget: shows the image of the session and repaints only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPalette, QPolygonF, QShowEvent
from PySide6.QtWidgets import QWidget

from app.ui.canvas.band_pictures import BandPictures
from app.ui.canvas.display import Display
from app.ui.canvas.exposure import parts
from app.ui.canvas.guesses import GuessLevels
from app.ui.canvas.layers import CanvasLayers
from app.ui.canvas.overlay import OverlayTables
from app.ui.canvas.painter import (
    draw_first_look,
    draw_outline,
    draw_overlay,
    draw_picture,
    draw_preview,
)
from app.ui.canvas.picture import Picture
from app.ui.canvas.split import SplitView
from app.ui.canvas.viewport import Viewport
from app.ui.tools.pixels.stroke import rim
from app.ui.tools.tool import Pointing, Preview
from app.ui.tools.toolbox import Toolbox
from app.ui.translation import tr

_AROUND = QPalette.ColorRole.Dark

if TYPE_CHECKING:
    from app.document.first_look import FirstLook
    from app.document.id_pyramid import IdPyramid
    from app.document.layers import PredictionPart
    from app.session import Session


class Canvas(Viewport):
    """Draws; the pointer and the keys are the business of CanvasInput."""

    def __init__(
        self, session: Session, toolbox: Toolbox, display: Display, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.toolbox = toolbox
        self.display = display
        self.layers: CanvasLayers | None = None
        self._first_look: FirstLook | None = None
        self._outline = QPolygonF()
        self._outline_at: tuple[int, int] | None = None
        self._preview: Preview | None = None
        self._guesses = GuessLevels(toolbox.background, self)
        self._guesses.built.connect(self._show_guesses)
        self._guesses.patched.connect(self._show_part)
        self._pictures = BandPictures(toolbox.background, self)
        self._pictures.made.connect(self._show_picture)
        self.split = SplitView(self)
        self.split.changed.connect(self.update)
        self._idle = QTimer(self, interval=0)
        self._idle.timeout.connect(self._work_ahead)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Canvas"))

        session.image_changed.connect(self._take_image)
        session.picture_changed.connect(self._sharpen)
        session.first_look_arrived.connect(self._take_first_look)
        session.labels_changed.connect(self._follow_labels)
        session.prediction_changed.connect(self._take_prediction)
        session.prediction_part_arrived.connect(self._take_part)
        session.comparison_changed.connect(self._take_comparison)
        session.place_found.connect(self.look_at)
        session.classes_changed.connect(self._take_looks)
        display.changed.connect(self._take_looks)
        toolbox.options.changed.connect(self._take_brush)
        toolbox.tool_changed.connect(self._take_brush)
        toolbox.background.delivered.connect(self.show_preview)
        self._take_brush()

    def note_moved(self) -> None:
        """Tell the tools and the model what is on screen."""
        if self.layers is not None:
            options = self.toolbox.options
            options.visible = self.view.visible(self.layers.size, self.extent)
            options.scale = self.view.scale
            self.session.visible = options.visible
        self._idle.start()

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

    def _take_first_look(self, look: FirstLook) -> None:
        before, self.layers, self._first_look = self.shown_size, None, look
        self._preview = None
        if before != look.size or self.is_fitted:
            self.fit()
        self.update()

    @property
    def shown_size(self) -> tuple[int, int] | None:
        """Width and height of what is shown."""
        shown = self.layers or self._first_look
        return None if shown is None else shown.size

    def _take_image(self) -> None:
        image, before = self.session.image, self.shown_size
        self._first_look = None
        self.layers = None if image is None else CanvasLayers(image, self._looks())
        self._preview = None
        self._guesses.forget()
        self._pictures.show(image, self.display.bands)
        if self.layers is not None and self.display.shows_confidence:
            self._take_prediction()
        if self.shown_size != before or self.is_fitted:
            self.fit()
        self.set_view(self.view)
        self.update()

    def _follow_labels(self, x: int, y: int, width: int, height: int) -> None:
        if self.layers is not None:
            level = self._overlay_level(self.layers)
            self.split.follow(x, y, width, height, level=level)
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
        seen = self.view.visible(layers.size, self.extent)
        if not layers.tiles.prepare(level, seen):
            self._idle.stop()

    def _overlay_level(self, layers: CanvasLayers) -> int:
        return layers.overlay_level(self.view.scale * self.devicePixelRatioF())

    def _update_overlay(self, x0: int, y0: int, x1: int, y1: int) -> None:
        if self.layers is not None:
            # Edges change one pixel further than the labels, and smooth sampling reaches one more,
            # both in pixels of the level that is drawn.
            more = 2 << self._overlay_level(self.layers)
            self.expose(self.widget_rect(x0 - more, y0 - more, x1 + more, y1 + more))

    def _sharpen(self, x0: int, y0: int, x1: int, y1: int) -> None:
        if self.layers is not None:
            self.layers.picture.forget()
            self.expose(self.widget_rect(x0, y0, x1, y1))

    def _show_picture(self, picture: Picture) -> None:
        if self.layers is not None and self.layers.picture.picture is not picture:
            self.layers.set_picture(picture)
            self.update()

    def _take_prediction(self) -> None:
        if self.layers is not None:
            has_heat = self.display.shows_confidence
            self._guesses.build(self.layers.source.layers, with_confidence=has_heat)

    def _take_part(self, part: PredictionPart) -> None:
        if self.layers is not None:
            has_heat = self.display.shows_confidence
            self._guesses.add(self.layers.source.layers, part, with_confidence=has_heat)

    def _show_part(self, x0: int, y0: int, x1: int, y1: int) -> None:
        if self.layers is not None:
            self.layers.tiles.follow(x0, y0, x1, y1, level=self._overlay_level(self.layers))
            self._update_overlay(x0, y0, x1, y1)

    def _show_guesses(self, prediction: IdPyramid | None, confidence: IdPyramid | None) -> None:
        if self.layers is not None:
            self.layers.set_guesses(prediction, confidence)
            self.update()

    def _take_comparison(self) -> None:
        if self.layers is not None:
            self.split.take(self.session.comparison.compared, self.layers, self._looks())

    def _take_looks(self) -> None:
        self._pictures.show(self.session.image, self.display.bands)
        middle = self.view.to_image(self.width() / 2, 0)[0]
        self.split.show(self.display.comparing, divider=middle)
        self.split.set_drawn(self.display.is_overlay_drawn and self.isVisible())
        if self.layers is not None:
            self.split.set_looks(self._looks())
            self.layers.tiles.set_looks(self._looks())
            has_heat = self.display.shows_confidence
            if self.layers.has_heat != has_heat:
                self._guesses.build_again(self.layers.source.layers, with_confidence=has_heat)
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
            self.expose(self.widget_rect(box.left(), box.top(), box.right(), box.bottom()))

    def showEvent(self, event: QShowEvent) -> None:
        """What blinks goes on."""
        super().showEvent(event)
        self.split.set_drawn(self.display.is_overlay_drawn)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing blinks that nobody sees."""
        super().hideEvent(event)
        self.split.set_drawn(False)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the exposed rectangle."""
        self.note_painted()
        painter = QPainter(self)
        try:
            for part in parts(event.region()):
                # The clip of the painter is the exposed part: nothing else says what that is.
                painter.setClipRegion(part)
                painter.fillRect(part.boundingRect(), self.palette().color(_AROUND))
                if self.layers is not None:
                    self._draw(painter, self.layers)
                elif self._first_look is not None:
                    draw_first_look(painter, self._first_look, self.view)
        finally:
            # An exception with the painter still active would repeat without end.
            painter.end()

    def _draw(self, painter: QPainter, layers: CanvasLayers) -> None:
        ratio = self.devicePixelRatioF()
        draw_picture(painter, layers, self.view, ratio=ratio, tone=self.display.tone)
        if self.display.is_overlay_drawn and self.split.is_shown:
            self.split.draw(painter, layers, self.view, ratio=ratio)
        elif self.display.is_overlay_drawn:
            draw_overlay(painter, layers, self.view, ratio=ratio)
        if self._preview is not None:
            colour = self.session.classes.by_id(self.session.current_class).colour
            draw_preview(painter, self._preview, colour, self.view)
        if self._outline_at is not None and self.toolbox.current.pointing is Pointing.BRUSH:
            draw_outline(painter, self._outline.translated(*self._outline_at), self.view)
