"""Any sequence of tools, cancels, undo and redo gives the arrays of a plain list of copies."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.edit import EditRecorder, apply_edit, revert_edit
from app.document.history import History
from app.document.layers import ImageLayers
from app.ui.tools.background import Background
from app.ui.tools.options import ToolOptions
from app.ui.tools.pixels.target import UNLABELLED, Rule, allowed
from app.ui.tools.tool import Pointer
from app.ui.tools.toolbox import TOOLS

HEIGHT, WIDTH = 150, 170
CLASSES = (0, 1, 2)
SLOW = ("tool.superpixel", "tool.grabcut", "tool.scissors")
WRITING = [tool for tool in TOOLS if "target" in tool.uses and tool.id not in SLOW]


class PaperEditing:
    """Edits kept in a history, nothing on disk."""

    def __init__(self, image: SimpleNamespace) -> None:
        self._image = image

    def begin(self) -> EditRecorder:
        return EditRecorder(self._image.layers.labels)

    @property
    def is_painting(self) -> bool:
        return False

    def note_painted(self, x: int, y: int, width: int, height: int) -> None:
        assert width > 0
        assert height > 0

    def commit(self, recorder: EditRecorder, name: str) -> bool:
        edit = recorder.commit(name)
        if edit is not None:
            self._image.history.push(edit)
        return edit is not None

    def cancel(self, recorder: EditRecorder) -> None:
        recorder.cancel()


class PaperSession:
    """What a tool needs of a session: one image and its edits."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        rgb = np.kron(random.integers(0, 256, (15, 17, 3)), np.ones((10, 10, 1))).astype(np.uint8)
        guess = np.kron(random.choice(CLASSES, (5, 6)), np.ones((30, 30))).astype(np.uint8)
        labels = np.full((HEIGHT, WIDTH), UNLABELLED, np.uint8)
        layers = ImageLayers(labels, guess[:HEIGHT, :WIDTH].copy(), None)
        layers.runner_up = (layers.prediction + 1) % 3
        self.image = SimpleNamespace(rgb=rgb, layers=layers, history=History())
        self.editing = PaperEditing(self.image)
        self.current_class = 1


pixels = st.tuples(st.integers(-20, WIDTH + 20), st.integers(-20, HEIGHT + 20))
uses = st.tuples(
    st.sampled_from(range(len(WRITING))),
    st.lists(pixels, min_size=2, max_size=4),
    st.sampled_from(CLASSES),
    st.sampled_from(list(Rule)),
    st.frozensets(st.sampled_from(CLASSES), max_size=2),
    st.integers(0, 25),
    st.sampled_from(["finish", "finish", "finish", "erase", "cancel"]),
)
steps = st.lists(uses | st.sampled_from(["undo", "redo"]), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def background():
    work = Background()
    yield work
    work.close()


@settings(max_examples=60, deadline=None)
@given(steps, st.integers(0, 1000))
def test_any_sequence_of_tools_is_undone_and_redone_exactly(background, sequence, seed) -> None:
    session = PaperSession(seed)
    labels, history = session.image.layers.labels, session.image.history
    prediction = session.image.layers.prediction.copy()
    options = ToolOptions()
    options.visible = (0, 0, WIDTH, HEIGHT)
    tools = [tool(session, options, background) for tool in WRITING]
    copies, here = [labels.copy()], 0
    for step in sequence:
        if step == "undo":
            if history.undo_name is not None:
                revert_edit(labels, history.undo())
                here -= 1
        elif step == "redo":
            if history.redo_name is not None:
                apply_edit(labels, history.redo())
                here += 1
        else:
            before = labels.copy()
            use(session, options, tools, step)
            may = allowed(before, prediction, options.target)
            assert np.array_equal(labels[~may], before[~may])
            assert set(np.unique(labels)) <= {*CLASSES, UNLABELLED}
            if len(history) > here:
                copies = [*copies[: here + 1], labels.copy()]
                here += 1
        assert len(history) == here
        assert np.array_equal(labels, copies[here])
        assert np.array_equal(session.image.layers.prediction, prediction)


def use(session, options, tools, step) -> None:
    number, path, class_id, rule, locked, radius, how = step
    session.current_class = class_id
    options.set_radius(radius)
    options.set_target_rule(rule, class_id=1)
    options.set_locked(locked)
    tool, erases = tools[number], how == "erase"
    tool.enter()
    pointers = [Pointer(x + 0.5, y + 0.5, erases=erases) for x, y in path]
    tool.press(pointers[0])
    for pointer in pointers[1:]:
        tool.move(pointer)
    if how == "cancel" and tool.id != "tool.fill":
        before = len(session.image.history)
        tool.cancel()
        assert len(session.image.history) == before
    else:
        tool.release(pointers[-1])
        for pointer in pointers[1:] if tool.id == "tool.polygon" else []:
            tool.press(pointer)
            tool.release(pointer)
        tool.finish()
        tool.background.wait()
    tool.leave()
    assert tool.preview is None
    assert not tool.is_busy
