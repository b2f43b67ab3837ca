"""One contract for every tool that writes: target, cancel, one edit, values that are classes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import large_edits
from app.ui.option_fields import ThresholdField
from app.ui.tools import growing, mend, threshold, tool
from app.ui.tools.pixels.morphology import Mending
from app.ui.tools.pixels.target import Rule, allowed
from app.ui.tools.pixels.threshold import Cut
from app.ui.tools.toolbox import TOOLS

UNLABELLED = 255
WRITING = [each.id for each in TOOLS if "target" in each.uses]
PATH = ((20, 27), (90, 35), (60, 80), (82, 93))


@pytest.fixture
def scene(hand, monkeypatch):
    """Labels and a prediction of several classes, no engine that would change them."""
    session = hand.window.session
    monkeypatch.setattr(session.modelling, "_take_prediction", lambda *_: None)
    monkeypatch.setattr(session.modelling, "answer", lambda *_: None)
    session.class_editing.add("third")
    layers = session.image.layers
    random = np.random.default_rng(1)
    layers.labels[:] = np.kron(random.choice([0, 1, 255, 255], (12, 16)), np.ones((10, 10)))
    layers.prediction = np.kron(random.integers(0, 3, (6, 8)), np.ones((20, 20))).astype(np.uint8)
    layers.confidence = np.full_like(layers.labels, 200)
    layers.runner_up = (layers.prediction + 1) % 3
    session.labels_changed.emit(0, 0, 160, 120)
    session.prediction_changed.emit()
    session.select_class(2)
    return hand


def use(hand, tool_id: str, *, lets_go: bool = True) -> None:
    hand.window.actions_by_id[tool_id].trigger()
    hand.window.toolbox.options.set_value("mending", Mending.GROW)
    hand.window.toolbox.options.set_value("tolerance", 20)
    hand.drag(*PATH, lets_go=lets_go)
    if lets_go and tool_id == "tool.scissors":
        for pixel in PATH[1:]:
            hand.click(*pixel)
    if lets_go and tool_id in ("tool.polygon", "tool.scissors", "tool.threshold"):
        hand.window.toolbox.current.finish()
    hand.window.toolbox.background.wait()


@pytest.mark.parametrize("tool_id", WRITING)
def test_no_tool_writes_outside_its_target(scene, tool_id: str) -> None:
    options = scene.window.toolbox.options
    options.set_locked(frozenset({0}))
    before = scene.labels().copy()
    for rule in Rule:
        options.set_target_rule(rule, 1)
        may = allowed(before, scene.window.session.image.layers.prediction, options.target)
        use(scene, tool_id)
        assert np.array_equal(scene.labels()[~may], before[~may])
        assert set(np.unique(scene.labels())) <= {0, 1, 2, UNLABELLED}
        scene.window.session.editing.undo()
        assert np.array_equal(scene.labels(), before)


@pytest.mark.parametrize("tool_id", WRITING)
def test_every_tool_makes_one_edit_that_undo_takes_back(scene, tool_id: str) -> None:
    before = scene.labels().copy()
    history = scene.window.session.image.history
    use(scene, tool_id)
    changed = not np.array_equal(scene.labels(), before)
    assert changed
    assert len(history) == 1
    scene.window.session.editing.undo()
    assert np.array_equal(scene.labels(), before)


@pytest.mark.parametrize("tool_id", WRITING)
def test_escape_leaves_no_trace_of_any_tool(scene, tool_id: str) -> None:
    before = scene.labels().copy()
    use(scene, tool_id, lets_go=False)
    scene.window.canvas.setFocus()
    scene.window.pointer.cancel()
    scene.drag((100, 100), (100, 100), button=Qt.MouseButton.MiddleButton)
    assert np.array_equal(scene.labels(), before)
    assert scene.window.session.image.history.undo_name is None
    assert scene.window.toolbox.current.preview is None
    assert not scene.window.toolbox.current.is_busy


@pytest.mark.parametrize("tool_id", WRITING)
def test_the_right_button_erases_with_every_tool(scene, tool_id: str) -> None:
    scene.window.actions_by_id[tool_id].trigger()
    before = scene.labels().copy()
    scene.drag(*PATH, button=Qt.MouseButton.RightButton)
    scene.window.toolbox.background.wait()
    changed = scene.labels() != before
    assert changed.any()
    assert (scene.labels()[changed] == UNLABELLED).all()
    assert scene.window.toolbox.current.id == tool_id
    scene.window.session.editing.undo()
    assert np.array_equal(scene.labels(), before)


@pytest.mark.parametrize("tool_id", WRITING)
def test_large_edits_are_made_beside_the_window_with_the_same_pixels(
    qtbot, scene, monkeypatch, tool_id: str
) -> None:
    editing, history = scene.window.session.editing, scene.window.session.image.history
    scene.window.toolbox.options.set_target_rule(Rule.CLASS, 1)
    before = scene.labels().copy()
    use(scene, tool_id)
    at_once = scene.labels().copy()
    editing.undo()
    for module in (large_edits, tool, growing, mend, threshold):
        monkeypatch.setattr(module, "AT_ONCE", 0)
    use(scene, tool_id)
    qtbot.waitUntil(lambda: history.redo_name is None, timeout=20_000)
    assert np.array_equal(scene.labels(), at_once)
    assert history.undo_name
    editing.undo()
    assert np.array_equal(scene.labels(), before)


def test_a_stroke_over_superpixels_not_known_yet_is_painted_when_they_are(scene) -> None:
    scene.window.actions_by_id["tool.superpixel"].trigger()
    tool, before = scene.window.toolbox.current, scene.labels().copy()
    scene.drag(*PATH)
    assert tool.is_busy
    assert np.array_equal(scene.labels(), before)
    scene.window.toolbox.background.wait()
    assert not tool.is_busy
    changed = scene.labels() != before
    assert changed[27, 20]
    assert changed[93, 82]
    assert len(scene.window.session.image.history) == 1


def test_escape_drops_what_is_looked_for_beside_the_window(scene) -> None:
    scene.window.actions_by_id["tool.grabcut"].trigger()
    tool, before = scene.window.toolbox.current, scene.labels().copy()
    scene.drag((10, 10), (120, 110))
    assert tool.is_waiting
    scene.window.pointer.cancel()
    scene.window.toolbox.background.wait()
    assert tool.preview is None
    assert np.array_equal(scene.labels(), before)
    assert not scene.window.session.image.history


def test_what_is_found_during_a_stroke_waits_for_its_end(qtbot, scene) -> None:
    scene.window.actions_by_id["tool.grabcut"].trigger()
    scene.labels()[:] = UNLABELLED
    scene.drag((10, 10), (120, 110))
    scene.drag((20, 20), (30, 30), button=Qt.MouseButton.RightButton, lets_go=False)
    scene.window.toolbox.background.wait()
    history = scene.window.session.image.history
    assert not history
    QTest.mouseRelease(
        scene.canvas, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, scene.point(9, 9)
    )
    qtbot.waitUntil(lambda: history.undo_name == "GrabCut", timeout=20_000)
    scene.window.session.editing.undo()
    assert (scene.labels() == UNLABELLED).all()


@pytest.mark.parametrize("key", "[],.")
def test_keys_for_the_size_of_the_brush(hand, key: str) -> None:
    options = hand.window.toolbox.options
    before = options.radius
    hand.canvas.setFocus()
    QTest.keyClick(hand.canvas, key)
    assert (options.radius > before) == (key in "].")
    assert options.radius != before


def test_the_largest_brush_is_500_pixels_and_the_smallest_one(hand) -> None:
    options = hand.window.toolbox.options
    options.grow(100)
    assert 2 * options.radius + 1 >= 500
    options.grow(-100)
    hand.click(17, 23)
    assert (hand.labels() != UNLABELLED).sum() == 1


def test_a_hidden_class_is_painted_over_like_any_other_and_a_locked_one_is_not(hand) -> None:
    hand.drag((20, 30), (60, 30))
    hand.window.display.set_value("hidden", frozenset({1}))
    hand.window.session.select_class(0)
    hand.drag((20, 30), (60, 30))
    assert (hand.labels()[30, 20:61] == 0).all()
    hand.window.toolbox.options.set_locked(frozenset({0}))
    hand.window.session.select_class(1)
    hand.drag((20, 30), (60, 30))
    assert (hand.labels()[30, 20:61] == 0).all()


@pytest.mark.parametrize("tool_id", ["tool.polygon", "tool.scissors"])
def test_a_double_click_closes_a_shape(hand, tool_id: str) -> None:
    hand.window.actions_by_id[tool_id].trigger()
    for pixel in ((20, 20), (60, 20), (60, 60)):
        hand.click(*pixel)
    assert (hand.labels() == UNLABELLED).all()
    QTest.mouseDClick(
        hand.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.point(60, 60)
    )
    assert (hand.labels() == 1).any()
    assert not hand.window.toolbox.current.is_busy
    assert len(hand.window.session.image.history) == 1


def test_a_fill_with_a_tolerance_keeps_to_the_colour_and_is_dragged(hand) -> None:
    hand.window.session.image.layers.prediction = None
    disc = hand.window.session.image.rgb[..., 1] > 100
    hand.window.actions_by_id["tool.fill"].trigger()
    options = hand.window.toolbox.options
    options.set_value("fill_tolerance", 40)
    hand.click(50, 60)
    assert np.array_equal(hand.labels() == 1, disc)
    hand.window.session.editing.undo()
    options.set_value("fill_tolerance", 5)
    hand.drag((50, 60), (76, 60))
    assert options.fill_tolerance > 35
    assert np.array_equal(hand.labels() == 1, disc)
    hand.window.session.editing.undo()
    options.set_value("fill_tolerance", 0)
    hand.drag((50, 60), (150, 60))
    assert (hand.labels() == 1).all()
    assert options.fill_tolerance == 0


def test_a_box_is_mended_and_the_rest_stays(hand) -> None:
    labels = hand.labels()
    hand.window.session.image.layers.prediction = None
    labels[10:50, 10:150] = 1
    labels[20:24, 30:34] = labels[20:24, 120:124] = UNLABELLED
    hand.window.actions_by_id["tool.mend"].trigger()
    hand.window.toolbox.options.set_value("mending", Mending.FILL_HOLES)
    hand.drag((12, 12), (80, 40))
    assert (labels[20:24, 30:34] == 1).all()
    assert (labels[20:24, 120:124] == UNLABELLED).all()
    assert hand.window.session.image.history.undo_name == "Fill holes"


@pytest.mark.parametrize("mending", list(Mending))
def test_mending_is_one_edit_within_the_target(scene, mending: Mending) -> None:
    scene.window.session.select_class(1)
    scene.window.toolbox.options.set_locked(frozenset({0}))
    before = scene.labels().copy()
    scene.window.actions_by_id[f"mend.{mending}"].trigger()
    assert (scene.labels()[before == 0] == 0).all()
    scene.window.session.editing.undo()
    assert np.array_equal(scene.labels(), before)


def test_a_polygon_is_edited_before_it_is_filled(hand) -> None:
    hand.window.actions_by_id["tool.polygon"].trigger()
    for pixel in ((20, 20), (60, 20), (60, 60), (100, 100)):
        hand.click(*pixel)
    hand.canvas.setFocus()
    hand.window.toolbox.current.step_back()
    assert len(hand.window.toolbox.current.preview.handles) == 3
    hand.drag((60, 60), (70, 90))
    assert (hand.labels() == UNLABELLED).all()
    hand.click(20, 20)
    assert hand.labels()[70, 62] == 1
    assert hand.labels()[100, 100] == UNLABELLED


def test_the_wand_takes_the_disc_and_nothing_else(hand) -> None:
    hand.window.actions_by_id["tool.wand"].trigger()
    hand.window.toolbox.options.set_value("tolerance", 30)
    hand.click(50, 60)
    inside = hand.window.session.image.rgb[..., 1] > 100
    assert np.array_equal(hand.labels() == 1, inside)


def test_the_second_choice_brush_takes_the_next_class_of_each_pixel(scene) -> None:
    layers = scene.window.session.image.layers
    layers.labels[:] = UNLABELLED
    use(scene, "tool.second")
    own = scene.labels() != UNLABELLED
    assert own.any()
    assert np.array_equal(scene.labels()[own], layers.runner_up[own])


def test_the_accept_brush_copies_the_prediction(scene) -> None:
    layers = scene.window.session.image.layers
    layers.labels[:] = UNLABELLED
    use(scene, "tool.accept")
    own = scene.labels() != UNLABELLED
    assert own.any()
    assert np.array_equal(scene.labels()[own], layers.prediction[own])


def test_the_scissors_keep_to_the_edge_of_the_disc(hand) -> None:
    hand.window.actions_by_id["tool.scissors"].trigger()
    for pixel in ((50, 32), (78, 60), (50, 88), (22, 60), (50, 32)):
        hand.click(*pixel)
    inside = hand.window.session.image.rgb[..., 1] > 100
    painted = hand.labels() == 1
    assert (painted & inside).sum() / (painted | inside).sum() > 0.9
    assert not hand.window.toolbox.current.is_busy


def test_the_background_brush_leaves_the_class_selected(hand) -> None:
    hand.window.actions_by_id["tool.background"].trigger()
    hand.drag((20, 20), (60, 20))
    assert set(np.unique(hand.labels())) == {0, UNLABELLED}
    assert hand.window.session.current_class == 1


def test_the_level_of_a_chosen_box_is_dragged_before_it_is_taken(hand) -> None:
    hand.window.actions_by_id["tool.threshold"].trigger()
    options = hand.window.toolbox.options
    hand.drag((10, 20), (110, 100))
    red, green, blue = (hand.window.session.image.rgb[20:101, 10:111, c] for c in range(3))
    bright = (red.astype(int) + green + blue) > 300
    assert sum(options.histogram) == bright.size
    assert np.array_equal(hand.window.toolbox.current.preview.mask, bright)
    field = next(f for f, _ in hand.window.options_bar._fields if isinstance(f, ThresholdField))
    assert field.histogram.isVisibleTo(field)
    QTest.mouseClick(
        field.histogram, Qt.MouseButton.LeftButton, pos=QPoint(1, field.histogram.height() // 2)
    )
    assert options.threshold.cut is Cut.MANUAL
    assert hand.window.toolbox.current.preview.mask.mean() > 0.99
    assert (hand.labels() == UNLABELLED).all()
    hand.click(50, 60)
    hand.window.toolbox.background.wait()
    assert (hand.labels()[20:101, 10:111] == 1).mean() > 0.99
    assert options.histogram == ()
    assert not hand.window.toolbox.current.is_busy


def pen(hand, kind: QEvent.Type, x: int, y: int, *, pressure: float, is_turned: bool) -> None:
    """Send what a pen on a tablet sends."""
    types = QPointingDevice.PointerType
    pointer = types.Eraser if is_turned else types.Pen
    device = QPointingDevice(
        "pen",
        1,
        QInputDevice.DeviceType.Stylus,
        pointer,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        1,
    )
    at = QPointF(hand.point(x, y))
    button = Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.TabletRelease else button
    event = QTabletEvent(
        kind,
        device,
        at,
        hand.canvas.mapToGlobal(at),
        pressure,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        Qt.KeyboardModifier.NoModifier,
        button,
        held,
    )
    QApplication.sendEvent(hand.canvas, event)


def pen_stroke(hand, y: int, *, pressure: float, is_turned: bool = False) -> None:
    for kind, x in (
        (QEvent.Type.TabletPress, 30),
        (QEvent.Type.TabletMove, 60),
        (QEvent.Type.TabletRelease, 60),
    ):
        pen(hand, kind, x, y, pressure=pressure, is_turned=is_turned)


def test_a_pen_pressed_harder_paints_wider_and_turned_round_it_erases(hand) -> None:
    options = hand.window.toolbox.options
    options.set_radius(12)
    pen_stroke(hand, 20, pressure=0.25)
    pen_stroke(hand, 60, pressure=1.0)
    assert (hand.labels()[:40, 45] == 1).sum() == 7
    assert (hand.labels()[40:, 45] == 1).sum() == 25
    assert len(hand.window.session.image.history) == 2
    options.set_value("uses_pressure", False)
    pen_stroke(hand, 20, pressure=0.25, is_turned=True)
    assert (hand.labels()[:40] == UNLABELLED).all()
    assert (hand.labels()[40:, 45] == 1).sum() == 25
