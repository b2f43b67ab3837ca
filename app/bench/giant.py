"""`bench canvas --giant`: a 20,000 x 20,000 image in the real window, from asking to painting."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication

from app.bench.desk import application, send_mouse, wait_until, wandering
from app.bench.frame import Figure, Options, percentile
from app.bench.scenes import scene
from app.session import Session
from app.ui.main_window import MainWindow

SIDE = 20_000
_LIMIT = 300


def measure_giant(options: Options) -> Iterator[Figure]:
    """Each kind of file in a folder and a window of its own; the lowest memory need first."""
    application()
    side = 9_000 if options.quick else SIDE
    for kind in ("jpg", "png", "tif"):
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder) / f"giant.{kind}", side)
            yield from _open(Path(folder), f"{side} px {kind}")


def _write(path: Path, side: int) -> None:
    """A scene with noise, since a file that compresses well would decode faster than real ones."""
    rgb, _ = scene(side, side)
    noise = np.random.default_rng(0).integers(0, 9, (1000, side, 3)).astype(np.uint8)
    for top in range(0, side, 1000):
        part = rgb[top : top + 1000]
        cv2.add(part, noise[: len(part)], dst=part)
    if path.suffix == ".tif":
        import tifffile

        tifffile.imwrite(path, rgb, rowsperstrip=64)
    else:
        cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR, dst=rgb)
        cv2.imwrite(str(path), rgb, (cv2.IMWRITE_PNG_COMPRESSION, 1))


def _open(folder: Path, name: str) -> Iterator[Figure]:
    session = Session()
    window = MainWindow(session)
    first: list[float] = []
    session.first_look_arrived.connect(lambda look: first.append(time.perf_counter()))
    try:
        window.resize(1600, 1000)
        window.show()
        QApplication.processEvents()
        _forget_peak()
        began = time.perf_counter()
        session.opening.open(folder)
        wait_until(lambda: bool(first), seconds=_LIMIT, what="a first picture")
        QApplication.processEvents()
        yield Figure(f"{name}: first picture", time.perf_counter() - began, "s", 3)
        wait_until(lambda: session.image is not None, seconds=_LIMIT, what="the image")
        yield Figure(f"{name}: ready to paint", time.perf_counter() - began, "s")
        yield Figure(f"{name}: peak memory of the process until then", _peak_mb(), "MB", 3000)
        times = _paint(window)
        yield Figure(f"{name}: mouse move to painted frame, p50", percentile(times, 50), "ms", 0.5)
        yield Figure(f"{name}: mouse move to painted frame, p99", percentile(times, 99), "ms", 5)
    finally:
        window.close()
        QApplication.processEvents()


def _paint(window: MainWindow) -> list[float]:
    canvas = window.canvas
    window.session.select_class(1)
    path = wandering(canvas.width(), canvas.height(), count=300, step=12)
    send_mouse(canvas, QEvent.Type.MouseButtonPress, path[0])
    QApplication.processEvents()
    times = []
    for point in path[1:]:
        began = time.perf_counter()
        send_mouse(canvas, QEvent.Type.MouseMove, point)
        QApplication.processEvents()
        times.append(1000 * (time.perf_counter() - began))
    send_mouse(canvas, QEvent.Type.MouseButtonRelease, path[-1], Qt.MouseButton.LeftButton)
    return times


def _forget_peak() -> None:
    """Linux counts the peak anew from here; elsewhere it is that of the whole process."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
