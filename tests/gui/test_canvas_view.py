"""Moving the view: what is shifted on screen is what painting anew would give."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QImage, QNativeGestureEvent, QPixmap, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import opening
from app.document import images
from app.ui.band_panel import BandPanel
from app.ui.canvas import widget
from app.ui.canvas.view import View
from app.ui.status_bar import StatusBar
from tests.gui.conftest import Hand, open_and_wait
from tests.opening import open_folder


def pixels(shot: QPixmap) -> np.ndarray:
    image = shot.toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), :3].astype(int)


class PaintedAreas(QObject):
    """How many pixels each paint event of a widget exposes."""

    def __init__(self, widget) -> None:
        super().__init__(widget)
        self.areas: list[int] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            rects = list(event.region())
            self.areas.append(sum(rect.width() * rect.height() for rect in rects))
        return False


@pytest.mark.parametrize("scale", [2.0, 4.0])
def test_what_is_shifted_looks_as_if_painted_anew(hand: Hand, scale: float) -> None:
    canvas = hand.canvas
    canvas.set_view(View(scale, -100.3, -60.7))
    hand.drag((40, 40), (70, 60))
    QApplication.processEvents()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Right):
        QTest.keyClick(canvas, key)
        QApplication.processEvents()
    # The minimap lies on the canvas and must not have been dragged along.
    assert any(child.isVisible() for child in canvas.findChildren(type(hand.window.minimap)))
    QApplication.processEvents()
    origin = canvas.mapTo(hand.window, canvas.rect().topLeft())
    screen = canvas.screen().grabWindow(
        hand.window.winId(), origin.x(), origin.y(), canvas.width(), canvas.height()
    )
    assert np.array_equal(pixels(screen), pixels(canvas.grab()))


def test_a_drag_paints_only_what_comes_into_view(hand: Hand) -> None:
    canvas = hand.canvas
    hand.window.minimap.hide()
    QApplication.processEvents()
    painted = PaintedAreas(canvas)
    middle = canvas.rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.MiddleButton, pos=middle)
    QApplication.processEvents()
    painted.areas.clear()
    middle.setX(middle.x() + 10)
    before = canvas.view.dx
    QTest.mouseMove(canvas, middle)
    QApplication.processEvents()
    QTest.mouseRelease(canvas, Qt.MouseButton.MiddleButton, pos=middle)
    assert canvas.view.dx == before + 10
    assert 0 < sum(painted.areas) < canvas.width() * canvas.height() / 4


def test_a_large_image_is_looked_at_before_it_is_there(
    qtbot, window, pictures, monkeypatch
) -> None:
    for module in (images, opening):
        monkeypatch.setattr(module, "LARGE", 100)
    looks = []
    window.session.first_look_arrived.connect(looks.append)
    drawn = []
    original = widget.draw_first_look
    monkeypatch.setattr(
        widget, "draw_first_look", lambda *parts: (drawn.append(1), original(*parts))
    )
    for path in pictures.glob("*.png"):
        cv2.imwrite(str(path.with_suffix(".jpg")), cv2.imread(str(path)))
        path.unlink()
    released = threading.Event()
    decode = opening.ImagePyramid.build
    monkeypatch.setattr(
        opening.ImagePyramid, "build", lambda rgb: (released.wait(20), decode(rgb))[1]
    )
    open_folder(qtbot, window.session, pictures)
    qtbot.waitUntil(lambda: bool(drawn), timeout=20_000)
    assert window.session.image is None
    view = window.canvas.view
    released.set()
    qtbot.waitUntil(lambda: window.session.image is not None, timeout=20_000)
    assert looks[0].size == (160, 120)
    assert window.canvas.view == view


@pytest.fixture
def deep(tmp_path):
    """A folder with one 16-bit TIFF of four bands, the last one with a bright square."""
    folder = tmp_path / "deep"
    folder.mkdir()
    values = np.full((4, 120, 160), 300, np.uint16)
    values[:, ::2] += 40
    values[3, 40:80, 60:100] = 60_000
    tifffile.imwrite(folder / "deep.tif", values, photometric="minisblack", planarconfig="separate")
    return folder


def test_another_band_is_shown_and_no_data_changed(qtbot, window, deep) -> None:
    open_and_wait(qtbot, window, deep)
    canvas, image = window.canvas, window.session.image
    rgb, stored = image.rgb.copy(), image.bands.copy()
    window.display.set_value("shows_overlay", False)
    panel = window.findChild(BandPanel)
    assert not panel.isHidden()
    before = pixels(canvas.grab())
    panel.single.setChecked(True)
    panel.rows[0].band.setCurrentIndex(3)
    panel.automatic.setChecked(False)
    panel.rows[0].high.setValue(60_000)
    x, y = (int(value) for value in canvas.view.to_widget(80, 60))
    qtbot.waitUntil(lambda: pixels(canvas.grab())[y, x].min() > 240, timeout=10_000)
    assert np.array_equal(image.rgb, rgb)
    assert np.array_equal(image.bands, stored)
    window.display.reset()
    qtbot.waitUntil(lambda: np.array_equal(pixels(canvas.grab()), before), timeout=10_000)


def test_the_status_bar_shows_the_stored_values(qtbot, window, deep) -> None:
    open_and_wait(qtbot, window, deep)
    bar = window.findChild(StatusBar)
    window.pointer.pointed_at.emit((70, 50))
    assert bar.place.text().split() == ["70,", "50", "340", "340", "340", "60000"]


def test_an_ordinary_image_offers_no_bands(opened) -> None:
    assert opened.findChild(BandPanel).isHidden()


@pytest.fixture
def giant(tmp_path, monkeypatch):
    """A folder with a tiled TIFF beyond the limit of pixels."""
    folder = tmp_path / "giant"
    folder.mkdir()
    values = np.full((700, 1000, 3), 40, np.uint8)
    values[300:400, 450:550] = (250, 30, 30)
    tifffile.imwrite(folder / "giant.tif", values, photometric="rgb", tile=(128, 128))
    monkeypatch.setattr(images, "_limit", 100_000)
    return folder


def middle_is_red(canvas) -> bool:
    x, y = (int(value) for value in canvas.view.to_widget(500, 350))
    blue, green, red = pixels(canvas.grab())[y, x]
    return red > 200 and green < 60 and blue < 60


def test_a_giant_is_shown_in_parts_and_can_be_painted(qtbot, window, giant) -> None:
    said = []
    window.session.message_shown.connect(said.append)
    open_and_wait(qtbot, window, giant)
    assert window.session.image.is_giant
    assert "too large for the model" in said[-1].text
    qtbot.waitUntil(lambda: middle_is_red(window.canvas), timeout=20_000)
    window.canvas.show_actual_size()
    qtbot.waitUntil(lambda: middle_is_red(window.canvas), timeout=20_000)
    window.canvas.set_view(View(1.0, 0.0, 0.0))
    Hand(window).drag((200, 200), (240, 200))
    assert (window.session.image.layers.labels != 255).any()


def test_a_giant_that_does_not_fit_can_be_looked_at_only(qtbot, window, giant, monkeypatch) -> None:
    monkeypatch.setattr(opening, "most_labels", lambda: 1000)
    said = []
    window.session.message_shown.connect(said.append)
    open_and_wait(qtbot, window, giant)
    assert any("only look" in message.text for message in said)
    qtbot.waitUntil(lambda: middle_is_red(window.canvas), timeout=20_000)
    Hand(window).drag((200, 200), (240, 200))
    assert (window.session.image.layers.labels == 255).all()


def pinch(canvas, value: float, at: QPointF) -> None:
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        at,
        at,
        canvas.mapToGlobal(at),
        value,
        QPointF(),
    )
    QApplication.sendEvent(canvas, event)


def test_a_pinch_magnifies_at_the_fingers(hand: Hand) -> None:
    canvas, at = hand.canvas, QPointF(200, 150)
    scale, before = canvas.view.scale, canvas.view.to_image(200, 150)
    pinch(canvas, 0.25, at)
    assert canvas.view.scale == pytest.approx(1.25 * scale)
    assert canvas.view.to_image(200, 150) == pytest.approx(before, abs=0.01)


def test_magnified_pixels_are_squares_and_small_ones_are_smooth(hand: Hand) -> None:
    canvas = hand.canvas
    hand.window.display.set_value("shows_overlay", False)
    canvas.point_at(None)
    rgb = hand.window.session.image.rgb
    canvas.set_view(View(8.0, 0.0, 0.0))
    shown = pixels(canvas.grab())[:240, :240, ::-1]
    assert np.array_equal(shown, np.kron(rgb[:30, :30], np.ones((8, 8, 1), int)))
    canvas.set_view(View(0.75, 0.0, 0.0))
    smooth = pixels(canvas.grab())[10:60, 10:80]
    known = {tuple(pixel) for pixel in rgb[:, :, ::-1].reshape(-1, 3).tolist()}
    mixed = [tuple(pixel) not in known for pixel in smooth.reshape(-1, 3).tolist()]
    assert np.mean(mixed) > 0.5
