"""Icons: line drawings in SVG, painted in the colours of the palette in use."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 20, 24, 32, 48)


def icon(name: str) -> QIcon:
    """The icon in resources/icons/`name`.svg; empty when there is no such name.

    Its `currentColor` becomes the text colour, paler when disabled, the accent when switched on.
    Made for the palette of the moment: ask again when that changes.
    """
    result = QIcon()
    if not name:
        return result
    svg = (files("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    palette = QGuiApplication.palette()
    normal = palette.color(QPalette.ColorRole.WindowText)
    disabled = QColor(normal)
    disabled.setAlphaF(0.35)
    accent = palette.color(QPalette.ColorRole.Highlight)
    for size in SIZES:
        for colour, mode, state in (
            (normal, QIcon.Mode.Normal, QIcon.State.Off),
            (accent, QIcon.Mode.Normal, QIcon.State.On),
            (disabled, QIcon.Mode.Disabled, QIcon.State.Off),
        ):
            result.addPixmap(drawn(svg, colour, size), mode, state)
    return result


def drawn(svg: str, colour: QColor, size: int) -> QPixmap:
    """An SVG text in one colour, `size` device pixels square."""
    text = svg.replace("currentColor", colour.name())
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(colour.alphaF())
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def icon_file(name: str) -> str:
    """The path of an SVG that keeps its own colours."""
    return str(files("resources") / "icons" / f"{name}.svg")
