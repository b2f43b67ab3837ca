"""A real window for benchmarks: synthetic strokes on its canvas, and how late its loop is."""

from __future__ import annotations

import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QObject,
    QPointF,
    QSettings,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.bench.frame import CannotMeasure
from app.cli.display import without_display

Points = list[tuple[float, float]]
TICK = 5  # ms


def application() -> QApplication:
    """The QApplication of this process; its windows leave no trace in the person's settings."""
    from app.ui.application import make_application

    os.environ.update(without_display())
    qInstallMessageHandler(_pass_on)
    folder = tempfile.mkdtemp(prefix="maskloop-bench-")
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, folder)
    return make_application()


def _pass_on(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Qt's messages, without what the platform without a display says of every window."""
    if "propagateSizeHints" not in text:
        print(text, file=sys.stderr)


def wait_until(claim: Callable[[], bool], *, seconds: float, what: str) -> float:
    """Run the event loop until `claim()`; how many seconds it took.

    Raises CannotMeasure when it never came true.
    """
    began = time.perf_counter()
    while not claim():
        if time.perf_counter() - began > seconds:
            raise CannotMeasure(f"Waited {seconds:.0f} seconds in vain for {what}.")
        QApplication.processEvents()
        time.sleep(0.0005)
    return time.perf_counter() - began


def send_mouse(
    widget: QWidget,
    kind: QEvent.Type,
    at: tuple[float, float],
    button: Qt.MouseButton = Qt.MouseButton.LeftButton,
) -> None:
    """Deliver a mouse event to a widget at x, y of it, as the platform would."""
    point = QPointF(*at)
    is_release = kind == QEvent.Type.MouseButtonRelease
    changed = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
    held = Qt.MouseButton.NoButton if is_release else button
    event = QMouseEvent(
        kind, point, widget.mapToGlobal(point), changed, held, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(widget, event)


def wandering(width: float, height: float, *, count: int, step: float, seed: int = 0) -> Points:
    """A smooth path of `count` points inside width x height, about `step` pixels apart."""
    random = np.random.default_rng(seed)
    x, y, heading = width / 2, height / 2, random.uniform(0, math.tau)
    points = []
    for _ in range(count):
        heading += random.normal(0, 0.25)
        # Near an edge, turn towards the middle.
        if not (0.1 * width < x < 0.9 * width and 0.1 * height < y < 0.9 * height):
            heading = math.atan2(height / 2 - y, width / 2 - x) + random.normal(0, 0.2)
        x, y = x + step * math.cos(heading), y + step * math.sin(heading)
        points.append((x, y))
    return points


class LagMeter(QObject):
    """Ticks every 5 ms while on, and notes how late each tick is, in ms."""

    def __init__(self) -> None:
        super().__init__()
        self.lags: list[float] = []
        self._due = 0.0
        self._timer = QTimer(self, interval=TICK)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure inside."""
        self._due = time.perf_counter() + TICK / 1000
        self._timer.start()
        try:
            yield
        finally:
            self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.lags.append(max(0.0, 1000 * (now - self._due)))
        self._due = now + TICK / 1000


class PaintMeter(QObject):
    """Notes how long each paint of a widget takes, in ms."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.times: list[float] = []
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Deliver the paint event from here, with the clock running."""
        if event.type() != QEvent.Type.Paint:
            return False
        began = time.perf_counter()
        self._widget.event(event)
        self.times.append(1000 * (time.perf_counter() - began))
        return True


class Painter(QObject):
    """Paints strokes on a canvas at the pace of a mouse, one event each turn of a timer."""

    def __init__(self, widget: QWidget, path: Points, *, stroke_length: int = 60) -> None:
        super().__init__()
        self._widget = widget
        self._path = path
        self._length = stroke_length
        self._at = 0
        self._timer = QTimer(self, interval=8)  # 125 Hz
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._move)

    @contextmanager
    def painting(self) -> Iterator[None]:
        """Paint inside; a stroke begun is ended."""
        self._timer.start()
        try:
            yield
        finally:
            self._timer.stop()
            if self._at % self._length:
                send_mouse(self._widget, QEvent.Type.MouseButtonRelease, self._point())

    def _point(self) -> tuple[float, float]:
        return self._path[self._at % len(self._path)]

    def _move(self) -> None:
        place = self._at % self._length
        kind = QEvent.Type.MouseMove
        if place == 0:
            kind = QEvent.Type.MouseButtonPress
        elif place == self._length - 1:
            kind = QEvent.Type.MouseButtonRelease
        send_mouse(self._widget, kind, self._point())
        self._at += 1
