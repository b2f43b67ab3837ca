"""Painting with the mouse: exact pixels, one edit a stroke, and what is drawn on screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage, QRegion, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.ui.tools.pixels.stroke import BrushShape, segment

UNLABELLED = 255


def expected(shape, strokes, radius) -> np.ndarray:
    labels = np.full(shape, UNLABELLED, np.uint8)
    for start, end, value in strokes:
        stamp = segment(start, end, radius=radius, shape=BrushShape.ROUND)
        for y, x in zip(*np.nonzero(stamp.mask), strict=True):
            if 0 <= y + stamp.y < shape[0] and 0 <= x + stamp.x < shape[1]:
                labels[y + stamp.y, x + stamp.x] = value
    return labels


def test_a_stroke_sets_exactly_the_pixels_of_the_brush(hand) -> None:
    hand.window.toolbox.options.set_radius(5)
    hand.drag((20, 30), (60, 40), (61, 70))
    strokes = [((20, 30), (60, 40), 1), ((60, 40), (61, 70), 1)]
    assert np.array_equal(hand.labels(), expected(hand.labels().shape, strokes, 5))


def test_a_stroke_at_the_border_is_cut_there(hand) -> None:
    hand.window.toolbox.options.set_radius(8)
    hand.drag((2, 3), (2, 100))
    assert np.array_equal(hand.labels(), expected(hand.labels().shape, [((2, 3), (2, 100), 1)], 8))


def test_a_stroke_is_undone_and_redone_exactly(hand, key) -> None:
    hand.drag((20, 30), (60, 40))
    painted = hand.labels().copy()
    key(hand.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (hand.labels() == UNLABELLED).all()
    key(hand.window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(hand.labels(), painted)
    assert hand.window.actions_by_id["edit.undo"].text() == "Undo Brush stroke"


def test_the_right_button_erases_whatever_the_tool(hand, key) -> None:
    hand.drag((20, 30), (60, 30))
    for tool in (Qt.Key.Key_B, Qt.Key.Key_F, Qt.Key.Key_I):
        key(hand.window, tool)
        hand.drag((20, 30), (60, 30), button=Qt.MouseButton.RightButton)
        assert (hand.labels() == UNLABELLED).all()
        hand.window.session.editing.undo()
    assert (hand.labels() == 1).any()


def test_escape_takes_the_stroke_back_and_the_rest_of_the_drag_does_nothing(hand, key) -> None:
    hand.drag((20, 30), (60, 40), lets_go=False)
    assert (hand.labels() == 1).any()
    key(hand.window, Qt.Key.Key_Escape)
    QTest.mouseMove(hand.canvas, hand.point(80, 80))
    QTest.mouseRelease(
        hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.point(80, 80)
    )
    assert (hand.labels() == UNLABELLED).all()
    assert hand.window.session.image.history.undo_name is None


def test_going_on_in_mid_stroke_takes_only_the_stroke_back(hand, key) -> None:
    hand.drag((20, 30), (60, 30))
    labels = hand.labels()
    before = labels.copy()
    hand.drag((20, 60), (60, 60), lets_go=False)
    assert not np.array_equal(labels, before)
    hand.window.actions_by_id["image.next"].trigger()
    assert np.array_equal(labels, before)


def test_shift_joins_the_last_point_by_a_straight_line(hand) -> None:
    hand.window.toolbox.options.set_radius(0)
    hand.click(10, 10)
    hand.click(30, 10, keys=Qt.KeyboardModifier.ShiftModifier)
    assert (hand.labels()[10, 10:31] == 1).all()
    assert (hand.labels() == 1).sum() == 21


def test_the_single_pixel_brush_sets_one_pixel(hand) -> None:
    hand.window.toolbox.options.set_radius(0)
    hand.click(17, 23)
    assert np.argwhere(hand.labels() != UNLABELLED).tolist() == [[23, 17]]


def test_fill_gives_a_connected_area_the_class(hand, key) -> None:
    hand.window.session.image.layers.prediction = None
    hand.window.toolbox.options.set_radius(3)
    hand.drag((40, 0), (40, 119))
    key(hand.window, Qt.Key.Key_F)
    key(hand.window, Qt.Key.Key_0)
    hand.click(10, 10)
    assert (hand.labels()[:, :37] == 0).all()
    assert (hand.labels()[:, 44:] == UNLABELLED).all()


def test_alt_click_picks_the_class_under_the_cursor(hand, key) -> None:
    hand.drag((20, 30), (60, 30))
    key(hand.window, Qt.Key.Key_0)
    assert hand.window.session.current_class == 0
    hand.click(40, 30, keys=Qt.KeyboardModifier.AltModifier)
    assert hand.window.session.current_class == 1


def test_keys_change_the_size_and_the_class(hand, key) -> None:
    options = hand.window.toolbox.options
    before = options.radius
    key(hand.window, Qt.Key.Key_BracketRight)
    assert options.radius > before
    key(hand.window, Qt.Key.Key_Comma)
    assert options.radius == before
    key(hand.window, Qt.Key.Key_X)
    assert hand.window.session.current_class == 0
    key(hand.window, Qt.Key.Key_X)
    assert hand.window.session.current_class == 1


def test_alt_and_the_wheel_change_the_size_on_either_axis(hand) -> None:
    options = hand.window.toolbox.options
    for delta in (QPoint(120, 0), QPoint(0, 120)):
        before = options.radius
        wheel(hand, delta, Qt.KeyboardModifier.AltModifier)
        assert options.radius > before


def test_the_wheel_zooms_at_the_cursor(hand) -> None:
    before = hand.canvas.view.to_image(200, 150)
    scale = hand.canvas.view.scale
    wheel(hand, QPoint(0, 120), Qt.KeyboardModifier.NoModifier)
    assert hand.canvas.view.scale > scale
    assert hand.canvas.view.to_image(200, 150) == pytest.approx(before)


def wheel(hand, delta: QPoint, keys: Qt.KeyboardModifier) -> None:
    position = QPointF(200, 150)
    event = QWheelEvent(
        position,
        QPointF(hand.canvas.mapToGlobal(position.toPoint())),
        QPoint(),
        delta,
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(hand.canvas, event)


def test_space_and_the_middle_button_pan(hand) -> None:
    for button in (Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton):
        start = hand.canvas.view
        hand.canvas.setFocus()
        if button == Qt.MouseButton.LeftButton:
            QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
        QTest.mousePress(hand.canvas, button, Qt.KeyboardModifier.NoModifier, QPoint(300, 300))
        QTest.mouseMove(hand.canvas, QPoint(320, 290))
        QTest.mouseRelease(hand.canvas, button, Qt.KeyboardModifier.NoModifier, QPoint(320, 290))
        QTest.keyRelease(hand.canvas, Qt.Key.Key_Space)
        assert (hand.canvas.view.dx, hand.canvas.view.dy) == (start.dx + 20, start.dy - 10)
    assert (hand.labels() == UNLABELLED).all()


def test_painted_pixels_are_seen_and_v_hides_them(hand, key) -> None:
    hand.window.session.image.layers.prediction = None
    hand.window.session.prediction_changed.emit()
    hand.window.toolbox.options.set_radius(6)
    plain = colour_at(hand, 50, 50)
    hand.drag((40, 50), (60, 50))
    painted = colour_at(hand, 50, 50)
    assert painted != plain
    key(hand.window, Qt.Key.Key_V)
    assert colour_at(hand, 50, 50) == plain
    key(hand.window, Qt.Key.Key_V)
    QTest.keyPress(hand.canvas, Qt.Key.Key_Tab)
    assert colour_at(hand, 50, 50) == plain
    QTest.keyRelease(hand.canvas, Qt.Key.Key_Tab)
    assert colour_at(hand, 50, 50) == painted


@pytest.mark.parametrize("scale", [0.37, 0.7, 1.0, 1.5, 4.0])
def test_repainting_the_changed_rectangles_is_enough(hand, monkeypatch, scale) -> None:
    canvas = hand.canvas
    hand.window.session.image.layers.prediction = np.full_like(hand.labels(), 1)
    hand.window.session.prediction_changed.emit()
    canvas.set_view(type(canvas.view)(scale, 20.3, 15.6))
    before = QImage(canvas.size(), QImage.Format.Format_RGB32)
    canvas.render(before)
    changed = QRegion()

    def note(*area: QRect) -> None:
        nonlocal changed
        changed = changed.united(area[0] if area else canvas.rect())

    monkeypatch.setattr(canvas, "update", note)
    # The outline of the brush would repaint most of it as well.
    monkeypatch.setattr(canvas, "point_at", lambda _pixel: None)
    # Still pressed: the end of the stroke tells its whole tiles once more.
    hand.drag((20, 20), (90, 80), (91, 20), lets_go=False)
    assert changed.boundingRect() != canvas.rect()
    canvas.render(before, changed.boundingRect().topLeft(), changed)
    after = QImage(canvas.size(), QImage.Format.Format_RGB32)
    canvas.render(after)
    # Qt's smooth sampling rounds a little differently where the source rectangle begins elsewhere.
    assert np.abs(grey_levels(before) - grey_levels(after)).max() <= 3


def grey_levels(image: QImage) -> np.ndarray:
    return np.array(image.constBits(), np.uint8).astype(np.int16)


def colour_at(hand, x: int, y: int) -> int:
    hand.canvas.point_at(None)
    image = hand.canvas.grab().toImage()
    point = hand.point(x, y) * hand.canvas.devicePixelRatioF()
    return image.pixel(point)
