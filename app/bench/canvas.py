"""`bench canvas`: from mouse event to painted frame at any image size, undo, memory."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.bench.desk import Points, application, send_mouse, wandering
from app.bench.frame import Figure, Options, percentile, resident_mb
from app.bench.giant import measure_giant
from app.bench.naive_canvas import NaiveCanvas
from app.bench.scenes import scene, write_scenes
from app.document.catalogue import ImageItem, ImageState
from app.document.edit import Edit, EditRecorder, apply_edit, revert_edit
from app.document.history import History
from app.document.layers import ImageLayers, blank_labels
from app.document.pyramid import ImagePyramid
from app.opening import OpenImage
from app.session import Session
from app.ui.canvas.display import Display
from app.ui.canvas.input import CanvasInput
from app.ui.canvas.widget import Canvas
from app.ui.tools.toolbox import Toolbox

SIZES = (2048, 4096, 8192, 16384)
QUICK_SIZES = (1024, 2048)
VIEW = (1600, 1000)


def measure(options: Options) -> Iterator[Figure]:
    """Each size on the real canvas and on the naive one, in the same run."""
    if options.giant:
        yield from measure_giant(options)
        return
    application()
    sizes = QUICK_SIZES if options.quick else SIZES
    events = 60 if options.quick else 400
    medians: list[float] = []
    for size in sizes:
        yield from _of_size(size, events, medians)
    yield Figure("mouse move, largest over smallest size", medians[-1] / medians[0], "x", 1.5)
    yield from _undo(2048 if options.quick else 4096, strokes=20 if options.quick else 100)
    yield from _while_training(2048 if options.quick else 4096, 5 if options.quick else 30)


def _of_size(size: int, events: int, medians: list[float]) -> Iterator[Figure]:
    """All figures of one size; the median of the small brush is added to `medians`."""
    desk = Desk(size)
    limit = 150 if size == max(SIZES) else None
    yield Figure(f"display of {size} px: memory beyond the arrays", desk.display_mb, "MB", limit)
    yield Figure(f"picture of {size} px at all magnifications", desk.pyramid_mb, "MB")
    for radius, p50, p99 in ((20, 0.5, 5.0), (300, None, 8.0)):
        times, work = desk.paint(radius, events)
        title = f"mouse move to painted frame, radius {radius}, {size} px"
        yield Figure(f"{title}, p50", percentile(times, 50), "ms", p50)
        yield Figure(f"{title}, p99", percentile(times, 99), "ms", p99)
        # What other programs take from the processor is not in it.
        yield Figure(f"{title}, p99, processor time", percentile(work, 99), "ms")
        if radius == 20:
            medians.append(percentile(times, 50))
    for title, (times, work) in (
        (f"panning, {size} px, p99", desk.pan(events // 2)),
        (f"full repaint at 100 %, {size} px, p99", desk.repaint(events // 4)),
    ):
        yield Figure(title, percentile(times, 99), "ms", 10)
        yield Figure(f"{title}, processor time", percentile(work, 99), "ms")
    desk.close()
    naive = percentile(_naive_times(size, max(5, events * 1024 // (8 * size))), 50)
    yield Figure(f"naive canvas, the same move, {size} px, p50", naive, "ms")
    yield Figure(f"naive canvas over ours, {size} px", naive / medians[-1], "x")


class Times(NamedTuple):
    """Milliseconds of each event by the clock, and of this thread's work."""

    clock: list[float]
    work: list[float]

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Note one event."""
        began, worked = time.perf_counter(), time.thread_time()
        yield
        self.work.append(1000 * (time.thread_time() - worked))
        self.clock.append(1000 * (time.perf_counter() - began))


class Desk:
    """A canvas of 1600 x 1000 with an image in memory, and no project behind it."""

    def __init__(self, size: int) -> None:
        image = _open_image(size)
        self.pyramid_mb = image.pyramid.nbytes / 1e6
        before = resident_mb()
        self.session = Session()
        self._toolbox = Toolbox(self.session)
        self.canvas = Canvas(self.session, self._toolbox, Display())
        self._pointer = CanvasInput(self.canvas)
        self.canvas.resize(*VIEW)
        self.canvas.show()
        self.session.image = image
        self.session.image_changed.emit()
        _settle()
        self.display_mb = resident_mb() - before

    def paint(self, radius: int, events: int) -> Times:
        """Milliseconds from each mouse move of a stroke to its painted frame."""
        # Not `set_radius`: the options bar offers no brush as large as the budget's.
        self._toolbox.options.set_value("radius", radius)
        path = wandering(*VIEW, count=events + 1, step=12)
        return _move_times(self.canvas, path)

    def pan(self, events: int) -> Times:
        """Milliseconds from each mouse move to the frame while the hand drags it at 100 %."""
        self.canvas.show_actual_size()
        _settle()
        path = wandering(*VIEW, count=events + 1, step=12, seed=1)
        return _move_times(self.canvas, path, button=Qt.MouseButton.MiddleButton)

    def repaint(self, count: int) -> Times:
        """Milliseconds of painting the whole view anew."""
        times = Times([], [])
        for _ in range(count):
            with times.measured():
                self.canvas.update()
                QApplication.processEvents()
        return times

    def close(self) -> None:
        """Free the image."""
        self.canvas.close()
        self.session.image = None
        self.session.image_changed.emit()
        self.canvas.deleteLater()
        _settle()


def _open_image(size: int) -> OpenImage:
    rgb, truth = scene(size, size)
    item = ImageItem(1, f"{size}.png", ImageState.PREDICTED, None, size, size)
    layers = ImageLayers(blank_labels((size, size)), truth, np.full_like(truth, 200), False)
    return OpenImage.of(item, ImagePyramid.build(rgb), layers, History())


def _move_times(
    widget: QWidget, path: Points, button: Qt.MouseButton = Qt.MouseButton.LeftButton
) -> Times:
    send_mouse(widget, QEvent.Type.MouseButtonPress, path[0], button)
    _settle()
    times = Times([], [])
    for point in path[1:]:
        with times.measured():
            send_mouse(widget, QEvent.Type.MouseMove, point, button)
            QApplication.processEvents()
    send_mouse(widget, QEvent.Type.MouseButtonRelease, path[-1], button)
    _settle()
    return times


def _naive_times(size: int, events: int) -> list[float]:
    image, _ = scene(size, size)
    canvas = NaiveCanvas(image, radius=20)
    canvas.resize(*VIEW)
    canvas.show()
    _settle()
    side = min(VIEW)
    times, _ = _move_times(canvas, wandering(side, side, count=events + 1, step=12))
    canvas.close()
    canvas.deleteLater()
    _settle()
    return times


def _undo(size: int, *, strokes: int) -> Iterator[Figure]:
    """Edits as the brush makes them: the time of an undo and a redo, and the memory of all."""
    labels = blank_labels((size, size))
    edits: list[Edit] = []
    for number in range(strokes):
        recorder = EditRecorder(labels)
        path = wandering(size, size, count=60, step=12, seed=number)
        _stroke(labels, recorder, path, radius=25, class_id=number % 3)
        edit = recorder.commit("Brush stroke")
        if edit is not None:
            edits.append(edit)
    undo = _times(lambda edit: revert_edit(labels, edit), edits[::-1])
    redo = _times(lambda edit: apply_edit(labels, edit), edits)
    memory = sum(len(tile.before) + len(tile.after) for edit in edits for tile in edit.tiles)
    yield Figure(f"undo of a stroke, {size} px, p50", percentile(undo, 50), "ms", 2)
    yield Figure(f"redo of a stroke, {size} px, p50", percentile(redo, 50), "ms", 2)
    yield Figure(f"{len(edits)} strokes on {size} px: undo memory", memory / 1e6, "MB", 3)


def _while_training(size: int, seconds: float) -> Iterator[Figure]:
    from app.bench.painting_lag import measure_lag

    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images"
        write_scenes(images, (size, size), count=1, kind="jpg")
        yield from measure_lag(images, seconds=seconds, name=f", {size} px")


def _stroke(
    labels: NDArray[np.uint8],
    recorder: EditRecorder,
    path: Points,
    *,
    radius: int,
    class_id: int,
) -> None:
    points = [(round(x), round(y)) for x, y in path]
    for start, end in itertools.pairwise(points):
        left, right = sorted((start[0], end[0]))
        top, bottom = sorted((start[1], end[1]))
        reach = radius + 1
        recorder.touch(left - reach, top - reach, right + reach + 1, bottom + reach + 1)
        cv2.line(labels, start, end, class_id, 2 * radius)


def _times(work: Callable[[Edit], object], edits: list[Edit]) -> list[float]:
    times = []
    for edit in edits:
        began = time.perf_counter()
        work(edit)
        times.append(1000 * (time.perf_counter() - began))
    return times


def _settle() -> None:
    """Let the window do what it has put off."""
    for _ in range(5):
        QApplication.processEvents()
        time.sleep(0.002)
