"""The tint of what a tool is about to do."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.ui.canvas.painter import draw_tint
from app.ui.canvas.view import View


def drawn(mask: np.ndarray, x: int, y: int, view: View) -> np.ndarray:
    """Grey levels of a black canvas of 200 x 160 with the tint on it."""
    image = QImage(200, 160, QImage.Format.Format_RGB32)
    image.fill(QColor(0, 0, 0))
    painter = QPainter(image)
    painter.setClipRect(image.rect())
    draw_tint(painter, mask, x, y, QColor(90, 90, 90), view)
    painter.end()
    return np.array(image.constBits(), np.uint8).reshape(160, 200, 4)[..., 1]


def test_a_preview_is_exact_to_the_pixel_and_has_a_light_rim(qapp) -> None:
    mask = np.zeros((10, 12), bool)
    mask[2:8, 3:9] = True
    seen = drawn(mask, 5, 4, View(4.0, 8.0, 12.0))[12 + 2 :: 4, 8 + 2 :: 4]
    expected = np.zeros((37, 48), bool)
    expected[6:12, 8:14] = True
    assert np.array_equal(seen > 0, expected)
    assert (seen[7:11, 9:13] == 90).all()
    assert (seen[6, 8:14] > 150).all()


@pytest.mark.parametrize("scale", [0.05, 0.3])
def test_a_preview_of_a_large_image_is_where_it_is_zoomed_out(qapp, scale: float) -> None:
    mask = np.zeros((3000, 4000), bool)
    mask[1000:2000, 500:2500] = True
    seen = drawn(mask, 0, 0, View(scale, 0, -800 * scale)) > 0
    rows, columns = np.mgrid[:160, :200]
    y, x = (rows + 0.5) / scale + 800, (columns + 0.5) / scale
    expected = (y >= 1000) & (y < 2000) & (x >= 500) & (x < 2500)
    assert (seen != expected).mean() < 0.02
    assert seen.any()
