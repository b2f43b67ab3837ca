"""Icons: line drawings in SVG, painted in the colours of the palette in use."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

# The rail's size and its double for dense screens; menus scale them down.
SIZES = (22, 44)


def icon(name: str) -> QIcon:
    """The icon in resources/icons/`name`.svg; empty when there is no such name.

    Its lines get the text colour, paler when disabled, the accent when switched on. Made for the
    palette of the moment: ask again when that changes.
    """
    result = QIcon()
    if not name:
        return result
    renderer = QSvgRenderer(icon_file(name))
    palette = QGuiApplication.palette()
    normal = palette.color(QPalette.ColorRole.WindowText)
    disabled = QColor(normal)
    disabled.setAlphaF(0.35)
    accent = palette.color(QPalette.ColorRole.Highlight)
    for size in SIZES:
        drawn = _drawn(renderer, size)
        for colour, mode, state in (
            (normal, QIcon.Mode.Normal, QIcon.State.Off),
            (accent, QIcon.Mode.Normal, QIcon.State.On),
            (disabled, QIcon.Mode.Disabled, QIcon.State.Off),
        ):
            result.addPixmap(_tinted(drawn, colour), mode, state)
    return result


def _drawn(renderer: QSvgRenderer, size: int) -> QPixmap:
    """The lines, `size` device pixels square; slow, so it is done once for all colours."""
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def _tinted(pixmap: QPixmap, colour: QColor) -> QPixmap:
    result = QPixmap(pixmap)
    painter = QPainter(result)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(result.rect(), colour)
    painter.end()
    return result


def icon_file(name: str) -> str:
    """The path of an SVG that keeps its own colours."""
    return str(files("resources") / "icons" / f"{name}.svg")
