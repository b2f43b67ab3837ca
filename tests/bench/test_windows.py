"""The benchmarks of the window measure what they say: frames are painted, loops are timed."""

import itertools
import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QEventLoop, QTimer

from app.bench import startup
from app.bench.canvas import Desk, _naive_times, _undo
from app.bench.desk import LagMeter, PaintMeter, send_mouse, wandering
from app.bench.naive_canvas import NaiveCanvas
from app.sample import write_samples


def run_loop(milliseconds):
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def test_a_path_stays_inside_and_keeps_its_pace():
    path = wandering(800, 600, count=500, step=12)
    assert all(0 < x < 800 and 0 < y < 600 for x, y in path)
    steps = [math.dist(a, b) for a, b in itertools.pairwise(path)]
    assert max(steps) == pytest.approx(12)


def test_every_move_paints_the_real_canvas(qtbot):
    desk = Desk(512)
    paints = PaintMeter(desk.canvas)
    assert len(desk.paint(20, 10).clock) == 10
    assert len(paints.times) >= 10
    assert (desk.session.image.layers.labels == desk.session.current_class).any()
    before = len(paints.times)
    assert len(desk.pan(10).clock) == 10
    assert len(paints.times) > before
    desk.close()


def test_the_naive_canvas_paints_the_same_way(qtbot):
    assert len(_naive_times(256, 5)) == 5
    canvas = NaiveCanvas(np.zeros((100, 100, 3), np.uint8), radius=5)
    qtbot.addWidget(canvas)
    canvas.resize(100, 100)
    send_mouse(canvas, QEvent.Type.MouseButtonPress, (20, 50))
    send_mouse(canvas, QEvent.Type.MouseMove, (80, 50))
    send_mouse(canvas, QEvent.Type.MouseButtonRelease, (80, 50))
    assert (canvas.labels[50, 20:80] == 1).all()
    assert (canvas.labels[:40] == 255).all()


def test_a_busy_loop_is_seen_as_late(qtbot):
    meter = LagMeter()
    with meter.running():
        QTimer.singleShot(20, lambda: sum(range(3_000_000)))
        run_loop(200)
    assert max(meter.lags) > 4 * sorted(meter.lags)[len(meter.lags) // 2]


def test_undo_is_measured_on_edits_like_those_of_the_brush():
    figures = {figure.name: figure for figure in _undo(512, strokes=3)}
    assert len(figures) == 3
    assert all(figure.value > 0 for figure in figures.values())


def test_the_window_is_painted_before_torch_is_imported(tmp_path):
    images, _ = write_samples(tmp_path, count=1)
    found = startup._start(images)
    assert found["torch_was_there"] is False
    assert found["ready"] > found["painted"] > 0
    assert found["longest_stall"] >= 0
