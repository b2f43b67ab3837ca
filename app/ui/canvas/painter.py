"""Drawing one frame of the canvas: picture, overlay, preview of the tool, brush outline."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QTransform

from app.document.first_look import FirstLook
from app.ui.canvas.layers import CanvasLayers
from app.ui.canvas.picture import Box
from app.ui.canvas.tiles import TILE, OverlayTiles
from app.ui.canvas.tone import Tone
from app.ui.canvas.view import View
from app.ui.tools.tool import Preview

SMOOTH_BELOW = 2.0
RIM = QColor(255, 255, 255, 200)
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def draw_picture(
    painter: QPainter, layers: CanvasLayers, view: View, *, ratio: float, tone: Tone
) -> None:
    """The image itself: smooth below 200 %, whole squares for pixels from there on."""
    level = layers.picture.level(view.scale * ratio)
    height, width = layers.picture.picture.shape(level)
    is_smooth = view.scale < SMOOTH_BELOW and view.scale * ratio != 1
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
    x0, y0, x1, y1 = _exposed(painter, layers, view)
    # Whole pixels of the level, so that every partial repaint samples the same way. The level may
    # have been rounded down, so a pixel of it covers a little more than a power of two.
    across, down = layers.width / width, layers.height / height
    # Two more on each side: smooth sampling looks at neighbours.
    left, top = max(0, math.floor(x0 / across) - 2), max(0, math.floor(y0 / down) - 2)
    right = min(width, math.ceil(x1 / across) + 2)
    bottom = min(height, math.ceil(y1 / down) + 2)
    # Magnified, Qt's rounding depends on where a block begins: always at the same places, then.
    # Smooth sampling would show where they meet.
    side = max(width, height) if is_smooth else TILE
    for part in _cut((left, top, right, bottom), side, (width, height)):
        image, source = layers.picture.image(level, part, tone)
        placed = QRectF(part[0], part[1], part[2] - part[0], part[3] - part[1])
        painter.drawImage(_on_widget(view, across, down, placed), image, source)


def _cut(box: Box, side: int, size: tuple[int, int]) -> Iterator[Box]:
    """The box itself if it is smaller than `side`, else the squares of a grid that it touches."""
    x0, y0, x1, y1 = box
    if side >= max(size):
        if x0 < x1 and y0 < y1:
            yield box
        return
    for y in range(y0 // side * side, y1, side):
        for x in range(x0 // side * side, x1, side):
            yield x, y, min(size[0], x + side), min(size[1], y + side)


def draw_first_look(painter: QPainter, look: FirstLook, view: View) -> None:
    """The small picture of a large image, as large as the image will be."""
    height, width = look.rgb.shape[:2]
    image = QImage(look.rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    place = _on_widget(view, 1, 1, QRectF(0, 0, *look.size))
    painter.drawImage(place, image, QRectF(0, 0, width, height))


def draw_overlay(
    painter: QPainter,
    layers: CanvasLayers,
    view: View,
    *,
    ratio: float,
    tiles: OverlayTiles | None = None,
) -> None:
    """The tiles of the overlay that are to be drawn; `tiles` in place of those of the layers."""
    tiles = tiles or layers.tiles
    level = layers.overlay_level(view.scale * ratio)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, view.scale * ratio < 1)
    x0, y0, x1, y1 = _exposed(painter, layers, view)
    side = TILE << level
    for row in range(y0 // side, -(-y1 // side)):
        for column in range(x0 // side, -(-x1 // side)):
            image = tiles.image(level, column, row)
            source = QRectF(0, 0, image.width(), image.height())
            placed = source.translated(column * TILE, row * TILE)
            painter.drawImage(_on_widget(view, 1 << level, 1 << level, placed), image, source)


def draw_outline(
    painter: QPainter, outline: QPolygonF, view: View, *, is_closed: bool = True
) -> None:
    """A line in image coordinates, readable on any ground: dark below, light on top."""
    placed = QTransform(view.scale, 0, 0, view.scale, view.dx, view.dy).map(outline)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    # Two thin lines, one beside the other: a wide pen takes ten times as long.
    for colour, shift in ((QColor(0, 0, 0, 170), 1.0), (QColor(255, 255, 255), 0.0)):
        pen = QPen(colour, 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        if is_closed:
            painter.drawPolygon(placed.translated(shift, shift))
        else:
            painter.drawPolyline(placed.translated(shift, shift))


def draw_preview(
    painter: QPainter, preview: Preview, colour: tuple[int, int, int], view: View
) -> None:
    """What a tool is about to do; its mask in the colour of a class."""
    if preview.mask is not None:
        tint = QColor(*colour, 140)
        draw_tint(painter, preview.mask, preview.mask_x, preview.mask_y, tint, view)
    if preview.line:
        line = QPolygonF([QPointF(x, y) for x, y in preview.line])
        draw_outline(painter, line, view, is_closed=preview.is_closed)
    draw_handles(painter, [QPointF(x, y) for x, y in preview.handles], view)


def draw_handles(painter: QPainter, points: list[QPointF], view: View) -> None:
    """Small squares at points of a shape, in image coordinates."""
    painter.setPen(QPen(QColor(0, 0, 0, 180), 1))
    painter.setBrush(QColor(255, 255, 255))
    for point in points:
        x, y = view.to_widget(point.x(), point.y())
        painter.drawRect(QRectF(x - 3, y - 3, 6, 6))


def _exposed(painter: QPainter, layers: CanvasLayers, view: View) -> tuple[int, int, int, int]:
    clip = painter.clipBoundingRect()
    left, top = view.to_image(clip.left() - 1, clip.top() - 1)
    right, bottom = view.to_image(clip.right() + 1, clip.bottom() + 1)
    return (
        max(0, math.floor(left)),
        max(0, math.floor(top)),
        min(layers.width, math.ceil(right)),
        min(layers.height, math.ceil(bottom)),
    )


def _on_widget(view: View, across: float, down: float, rect: QRectF) -> QRectF:
    """Where a rectangle of a level is on the widget; its pixels cover `across` x `down`."""
    x0, y0 = view.to_widget(rect.left() * across, rect.top() * down)
    x1, y1 = view.to_widget(rect.right() * across, rect.bottom() * down)
    return QRectF(x0, y0, x1 - x0, y1 - y0)


def draw_tint(
    painter: QPainter, mask: NDArray[np.bool_], x: int, y: int, colour: QColor, view: View
) -> None:
    """The pixels of a mask in one colour with a light rim; its first pixel is at x, y of the image.

    The rim tells what is about to be from what is painted.
    """
    clip = painter.clipBoundingRect()
    left, top = view.to_image(clip.left() - 1, clip.top() - 1)
    right, bottom = view.to_image(clip.right() + 1, clip.bottom() + 1)
    # Zoomed out, one pixel in `step` is enough, also at 2x: no work grows with the mask.
    step = max(1, math.floor(0.5 / view.scale))
    x0 = max(0, math.floor(left) - x) // step * step
    y0 = max(0, math.floor(top) - y) // step * step
    rows = slice(y0, max(y0, math.ceil(bottom) - y), step)
    seen = mask[rows, x0 : max(x0, math.ceil(right) - x) : step]
    height, width = seen.shape
    if not seen.size:
        return
    pixels = np.ascontiguousarray(seen).view(np.uint8)
    pixels = 2 * pixels - _eroded(pixels)
    image = QImage(pixels.data, width, height, width, QImage.Format.Format_Indexed8)
    # Indexed8 reads beyond a short table, so it has all 256 entries.
    image.setColorTable([0, colour.rgba(), RIM.rgba()] + [0] * 253)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    placed = QRectF(x + x0, y + y0, width * step, height * step)
    painter.drawImage(_on_widget(view, 1, 1, placed), image, QRectF(0, 0, width, height))


def _eroded(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Without the pixels at an edge; beyond the array is outside."""
    inner = cv2.erode(pixels, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(inner, np.uint8)
