"""A real window on a real session, and a folder of small pictures made for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.session import Session
from app.ui.garbage import GuiGarbageCollector
from app.ui.main_window import MainWindow
from app.ui.theme import apply_theme
from tests.opening import wait_until_opened

WIDTH, HEIGHT = 160, 120


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, qapp: QApplication) -> None:
    """Settings of a test stay in its folder."""
    qapp.setApplicationName("MaskloopTest")
    qapp.setOrganizationName("MaskloopTest")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings")
    )
    if not qapp.property("themed"):
        apply_theme(qapp)
        qapp.setProperty("themed", True)


@pytest.fixture(autouse=True)
def _garbage_in_the_gui_thread(qapp: QApplication) -> Iterator[None]:
    collector = GuiGarbageCollector()
    yield
    collector.stop()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Four pictures of a bright disc on a dark, noisy ground."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(4):
        random = np.random.default_rng(number)
        image = random.integers(20, 60, (HEIGHT, WIDTH, 3)).astype(np.uint8)
        cv2.circle(image, (50 + 15 * number, 60), 28, (200, 180, 90), -1)
        cv2.imwrite(str(folder / f"picture {number + 1}.png"), image)
    return folder


@pytest.fixture
def window(qtbot) -> Iterator[MainWindow]:
    """A shown window without a folder; closed, with its threads, at the end."""
    session = Session(device="cpu")
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.resize(1200, 800)
    window.show()
    qtbot.waitExposed(window)
    # Shortcuts reach only the active window; without a window manager nobody else activates it.
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.close()


@pytest.fixture
def opened(qtbot, window: MainWindow, pictures: Path) -> MainWindow:
    """The window on the pictures, the first one on screen."""
    open_and_wait(qtbot, window, pictures)
    return window


def open_and_wait(qtbot, window: MainWindow, folder: Path) -> None:
    window.commands.files.open_folder(folder)
    wait_until_opened(qtbot, window.session)
    qtbot.waitUntil(lambda: window.session.image is not None, timeout=20_000)


class Hand:
    """Drives the canvas with mouse events, in image pixels."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.canvas = window.canvas

    def point(self, x: int, y: int) -> QPoint:
        """The widget point in the middle of an image pixel."""
        left, top = self.canvas.view.to_widget(x + 0.5, y + 0.5)
        return QPoint(int(left), int(top))

    def drag(
        self,
        *pixels: tuple[int, int],
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        lets_go: bool = True,
    ) -> None:
        QTest.mousePress(self.canvas, button, keys, self.point(*pixels[0]))
        for pixel in pixels[1:]:
            QTest.mouseMove(self.canvas, self.point(*pixel))
        if lets_go:
            QTest.mouseRelease(self.canvas, button, keys, self.point(*pixels[-1]))

    def click(self, x: int, y: int, **how) -> None:
        self.drag((x, y), **how)

    def labels(self) -> np.ndarray:
        return self.window.session.image.layers.labels


@pytest.fixture
def hand(opened: MainWindow) -> Hand:
    """A hand on the opened window, at 400 % so that every pixel can be hit."""
    opened.canvas.set_view(opened.canvas.view.at_scale(4.0, 0, 0))
    opened.canvas.set_view(type(opened.canvas.view)(4.0, 10.0, 10.0))
    return Hand(opened)


@pytest.fixture
def key(qtbot) -> Callable[..., None]:
    """Press a key where the focus is."""

    def press(window: MainWindow, key: Qt.Key, keys=Qt.KeyboardModifier.NoModifier) -> None:
        target = QApplication.focusWidget() or window
        QTest.keyClick(target, key, keys)

    return press
