"""The pointer and the keys on the canvas: zoom, pan, and everything else to the tool."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QLineEdit, QTextEdit

from app.ui.canvas.widget import Canvas
from app.ui.tools.tool import Pointer, Pointing, Tool

ZOOM_PER_NOTCH = 1.2
ARROW_STEP = 60
_ARROWS = {
    Qt.Key.Key_Left: (ARROW_STEP, 0),
    Qt.Key.Key_Right: (-ARROW_STEP, 0),
    Qt.Key.Key_Up: (0, ARROW_STEP),
    Qt.Key.Key_Down: (0, -ARROW_STEP),
}
_TEXT_FIELDS = (QLineEdit, QTextEdit)


class CanvasInput(QObject):
    """Filters the events of a canvas. `pointed_at` tells the pixel under the cursor, or None."""

    pointed_at = Signal(object)

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._toolbox = canvas.toolbox
        self._pan_from: QPointF | None = None
        self._is_space_down = False
        self._tool: Tool | None = None
        self._erases = False
        self._holds_divider = self._is_on_divider = False
        canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        canvas.installEventFilter(self)
        self._toolbox.tool_changed.connect(self._show_cursor)
        canvas.session.image_changed.connect(self._let_go)
        self._show_cursor()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what concerns the canvas; the rest goes on."""
        match event:
            case QMouseEvent() | QTabletEvent():
                return self._point(event)
            case QWheelEvent():
                self._wheel(event)
                return True
            case QKeyEvent():
                return self._key(event)
            case QNativeGestureEvent():
                if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                    self._canvas.zoom(1 + event.value(), event.position())
                    return True
            case QEnterEvent():
                if not isinstance(QApplication.focusWidget(), _TEXT_FIELDS):
                    self._canvas.setFocus()
        if event.type() == QEvent.Type.Leave:
            self._canvas.point_at(None)
            self.pointed_at.emit(None)
        elif event.type() == QEvent.Type.FocusOut:
            self._is_space_down = False
            self._canvas.display.set_value("is_peeking", False)
            self._show_cursor()
        return False

    # The mouse and the pen

    def _point(self, event: QMouseEvent | QTabletEvent) -> bool:
        match event.type():
            case (
                QEvent.Type.MouseButtonPress
                | QEvent.Type.MouseButtonDblClick
                | QEvent.Type.TabletPress
            ):
                self._press(event)
            case QEvent.Type.MouseMove | QEvent.Type.TabletMove:
                self._move(event)
            case QEvent.Type.MouseButtonRelease | QEvent.Type.TabletRelease:
                self._release(event)
            case _:
                return False
        event.accept()  # a pen's event that is not taken comes again, as a mouse's
        return True

    def _press(self, event: QMouseEvent | QTabletEvent) -> None:
        self._canvas.setFocus()
        if self._canvas.layers is None or self._tool is not None or self._pan_from is not None:
            return
        button = event.button()
        position = event.position()
        if self._canvas.split.meets(position.x(), self._canvas.view):
            self._holds_divider = True
            return
        pans = self._is_space_down or self._toolbox.current.pointing is Pointing.HAND
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and pans):
            self._pan_from = event.position()
            self._canvas.point_at(None)
            self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        image = self._canvas.session.image
        if image is None or not image.layers.labels.flags.writeable:
            return  # too large to be painted: the session has said so
        if button == Qt.MouseButton.RightButton or _is_eraser_end(event):
            current = self._toolbox.current
            self._erases = True
            self._tool = current if current.pointing is Pointing.BRUSH else self._toolbox.eraser
        elif button == Qt.MouseButton.LeftButton:
            self._erases = False
            picks = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self._tool = self._toolbox.pick if picks else self._toolbox.current
        if self._tool is not None:
            self._tool.press(self._pointer(event))
            self._canvas.show_preview()

    def _move(self, event: QMouseEvent | QTabletEvent) -> None:
        position = event.position()
        if self._holds_divider and self._canvas.layers is not None:
            self._canvas.split.drag_to(position.x(), self._canvas.view, self._canvas.layers)
            return
        if self._pan_from is not None:
            # Whole pixels, so that what is on screen can be shifted; the rest is kept for later.
            step = (position - self._pan_from).toPoint()
            self._pan_from += QPointF(step)
            self._canvas.set_view(self._canvas.view.panned(step.x(), step.y()))
            return
        if self._canvas.layers is not None:
            (self._tool or self._toolbox.current).move(self._pointer(event))
            self._canvas.show_preview()
        self._is_on_divider = self._canvas.split.meets(position.x(), self._canvas.view)
        self._show_cursor()
        self._show_pixel(position)

    def _release(self, event: QMouseEvent | QTabletEvent) -> None:
        if self._holds_divider:
            self._holds_divider = False
        elif self._pan_from is not None:
            self._pan_from = None
            self._show_cursor()
        elif self._tool is not None:
            tool, self._tool = self._tool, None
            tool.release(self._pointer(event))
            self._erases = False
            self._canvas.show_preview()

    def _let_go(self) -> None:
        self._tool = None
        self._pan_from = None
        self._holds_divider = False

    def _pointer(self, event: QMouseEvent | QTabletEvent) -> Pointer:
        x, y = self._canvas.view.to_image(event.position().x(), event.position().y())
        keys = event.modifiers()
        return Pointer(
            x,
            y,
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            erases=self._erases,
            pressure=event.pressure() if isinstance(event, QTabletEvent) else 1.0,
            is_double=event.type() == QEvent.Type.MouseButtonDblClick,
        )

    def _show_pixel(self, position: QPointF) -> None:
        layers = self._canvas.layers
        if layers is None:
            return
        pixel = Pointer(*self._canvas.view.to_image(position.x(), position.y())).pixel
        self._canvas.point_at(pixel)
        is_inside = 0 <= pixel[0] < layers.width and 0 <= pixel[1] < layers.height
        self.pointed_at.emit(pixel if is_inside else None)

    # The wheel

    def _wheel(self, event: QWheelEvent) -> None:
        # Qt delivers Alt+wheel on the x axis on some systems.
        delta = event.angleDelta().y() or event.angleDelta().x()
        notches = delta / 120
        if notches == 0:
            return
        keys = event.modifiers()
        if keys & Qt.KeyboardModifier.AltModifier:
            self._toolbox.options.grow(round(notches) or (1 if notches > 0 else -1))
        elif keys & Qt.KeyboardModifier.ShiftModifier:
            display = self._canvas.display
            opacity = min(max(display.opacity + 0.05 * notches, 0.05), 1.0)
            display.set_value("opacity", round(opacity, 3))
        else:
            self._canvas.zoom(ZOOM_PER_NOTCH**notches, event.position())
        self._show_pixel(event.position())

    # The keys

    def _key(self, event: QKeyEvent) -> bool:
        is_press = event.type() == QEvent.Type.KeyPress
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        key = event.key()
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._is_space_down = is_press
                self._show_cursor()
        elif key == Qt.Key.Key_Tab and plain:
            if not event.isAutoRepeat():
                self._canvas.display.set_value("is_peeking", is_press)
        elif is_press and plain and key in _ARROWS:
            dx, dy = _ARROWS[Qt.Key(key)]
            self._canvas.set_view(self._canvas.view.panned(dx, dy))
        elif is_press and key == Qt.Key.Key_Escape:
            self.cancel()
        elif is_press and plain and key == Qt.Key.Key_Backspace:
            self._toolbox.current.step_back()
            self._canvas.show_preview()
        elif is_press and plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._toolbox.current.finish()
            self._canvas.show_preview()
        else:
            return False
        return True

    def cancel(self) -> None:
        """Take back what is unfinished; the rest of the drag does nothing."""
        if self._tool is not None:
            self._tool.cancel()
            self._tool = None
        self._toolbox.current.cancel()
        self._canvas.show_preview()

    def _show_cursor(self) -> None:
        pointing = self._toolbox.current.pointing
        if self._is_on_divider:
            shape = Qt.CursorShape.SplitHCursor
        elif self._is_space_down or pointing is Pointing.HAND:
            shape = Qt.CursorShape.OpenHandCursor
        else:
            shape = Qt.CursorShape.CrossCursor
        if shape is not self._canvas.cursor().shape():
            self._canvas.setCursor(shape)


def _is_eraser_end(event: QMouseEvent | QTabletEvent) -> bool:
    """Whether a pen was turned round."""
    is_pen = isinstance(event, QTabletEvent)
    return is_pen and event.pointerType() == QPointingDevice.PointerType.Eraser
