"""How late the window's loop is while a person paints and the model learns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.bench.desk import (
    LagMeter,
    Painter,
    PaintMeter,
    application,
    send_mouse,
    wait_until,
    wandering,
)
from app.bench.frame import Figure, percentile
from app.session import Session
from app.ui.main_window import MainWindow

_LIMIT = 120


def measure_lag(images: Path, *, seconds: float, name: str = "") -> Iterator[Figure]:
    """Idle first, as the yardstick; then strokes at 125 Hz in mid-training."""
    application()
    session = Session()
    window = MainWindow(session)
    try:
        window.resize(1600, 1000)
        window.show()
        session.opening.open(images)
        wait_until(lambda: session.image is not None, seconds=_LIMIT, what="the first image")
        wait_until(lambda: session.learning.is_ready, seconds=_LIMIT, what="the engine")
        session.modelling.cancel_segmentation()
        wait_until(lambda: _is_predicted(session), seconds=_LIMIT, what="the first prediction")
        yield Figure(f"event-loop lag p99, idle{name}", percentile(_idle_lags(2), 99), "ms")
        _teach(window)
        wait_until(lambda: session.learning.step >= 2, seconds=_LIMIT, what="training to begin")
        lags, paints = _paint(window, seconds)
    finally:
        window.close()
        QApplication.processEvents()
    yield Figure(f"event-loop lag p99, painting and training{name}", percentile(lags, 99), "ms", 16)
    yield Figure(f"event-loop lag max, painting and training{name}", max(lags), "ms")
    yield Figure(f"canvas paint p99, painting and training{name}", percentile(paints, 99), "ms", 8)


def _is_predicted(session: Session) -> bool:
    return session.image is not None and session.image.layers.prediction is not None


def _idle_lags(seconds: float) -> list[float]:
    meter = LagMeter()
    with meter.running():
        _run_loop(seconds)
    return meter.lags


def _paint(window: MainWindow, seconds: float) -> tuple[list[float], list[float]]:
    canvas = window.canvas
    path = wandering(canvas.width(), canvas.height(), count=2000, step=4)
    # Strokes of two seconds: after each the engine answers, and then trains on.
    painter = Painter(canvas, path, stroke_length=250)
    lag, paint = LagMeter(), PaintMeter(canvas)
    with painter.painting(), lag.running():
        _run_loop(seconds)
    return lag.lags, paint.times


def _teach(window: MainWindow) -> None:
    """A stroke of class 1 and one of class 0."""
    canvas, session = window.canvas, window.session
    middle = canvas.height() / 2
    for class_id, x in ((1, canvas.width() * 0.4), (0, canvas.width() * 0.6)):
        session.select_class(class_id)
        send_mouse(canvas, QEvent.Type.MouseButtonPress, (x, middle))
        for step in range(1, 20):
            send_mouse(canvas, QEvent.Type.MouseMove, (x, middle + 3 * step))
        send_mouse(canvas, QEvent.Type.MouseButtonRelease, (x, middle + 57))
    session.select_class(1)


def _run_loop(seconds: float) -> None:
    """The event loop as the program runs it: it sleeps until something comes."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()
