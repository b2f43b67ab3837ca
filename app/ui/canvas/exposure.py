"""Which part of a widget is painted anew: little, in few pieces."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QWidget

from app.ui.canvas.view import View

_DIRECTLY = Qt.FindChildOption.FindDirectChildrenOnly


def shift(widget: QWidget, before: View, now: View) -> bool:
    """Move what is on screen when the view moved by whole pixels; then only a border is exposed.

    False: it did not, or is magnified otherwise, and everything is to be painted.
    """
    dx, dy = now.dx - before.dx, now.dy - before.dy
    if now.scale != before.scale or dx != round(dx) or dy != round(dy):
        return False
    # With a rectangle, so that widgets on the canvas stay where they are.
    widget.scroll(round(dx), round(dy), widget.rect())
    for child in widget.findChildren(QWidget, options=_DIRECTLY):
        if child.isVisible():
            # Their pixels were shifted as well.
            widget.update(child.geometry().translated(round(dx), round(dy)))
    return True


def parts(region: QRegion) -> list[QRegion]:
    """A region in one piece; in several where the box around it holds much that is not exposed."""
    box = region.boundingRect()
    rects = list(region)  # type: ignore[call-overload]
    exposed = sum(rect.width() * rect.height() for rect in rects)
    if box.width() * box.height() <= 3 * exposed:
        return [region]
    return [QRegion(rect) for rect in rects]
