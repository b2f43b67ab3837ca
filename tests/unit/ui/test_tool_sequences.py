"""Any sequence of tools, cancels, undo and redo gives the arrays of a plain list of copies."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.edit import EditRecorder, apply_edit, revert_edit
from app.document.history import History
from app.document.layers import ImageLayers
from app.document.project import Project
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


class KeptEditing(PaperEditing):
    """Edits of an image of a real project."""

    def __init__(self, session: KeptSession) -> None:
        super().__init__(session.image)
        self._session = session

    def commit(self, recorder: EditRecorder, name: str) -> bool:
        is_changed = super().commit(recorder, name)
        if is_changed:
            edit = self._image.history.entries()[-1].edit
            self._session.project.commit_edit(self._session.image_id, edit)
        return is_changed


class KeptSession(PaperSession):
    """A project with one image; `crash` leaves the files as they are, `reload` reads them again."""

    def __init__(self, folder: Path) -> None:
        super().__init__(seed=1)
        self.folder, self.crashed = folder, []
        cv2.imwrite(str(folder / "a.png"), self.image.rgb)
        self.editing = KeptEditing(self)
        self.open()

    def open(self) -> None:
        self.project = Project.open(self.folder)
        list(self.project.rescan())
        self.image_id = self.project.item_by_name("a.png").id
        self.reload()

    def reload(self) -> None:
        layers, self.image.history = self.project.load_layers(self.image_id, (HEIGHT, WIDTH))
        self.image.layers.labels = layers.labels

    def crash(self) -> None:
        assert self.project.flush()
        self.crashed.append(self.project)
        copy = Path(tempfile.mkdtemp(dir=self.folder.parent))
        self.folder = Path(shutil.copytree(self.folder, copy, dirs_exist_ok=True))
        self.open()

    def checkpoint(self) -> None:
        self.project.checkpoint(self.image_id, self.image.layers.labels.copy())

    def undo(self) -> bool:
        if self.image.history.undo_name is None:
            return False
        edit = self.image.history.undo()
        revert_edit(self.image.layers.labels, edit)
        self.project.commit_undo(self.image_id, edit)
        return True

    def redo(self) -> bool:
        if self.image.history.redo_name is None:
            return False
        edit = self.image.history.redo()
        apply_edit(self.image.layers.labels, edit)
        self.project.commit_redo(self.image_id, edit)
        return True

    def close(self) -> None:
        for project in (self.project, *self.crashed):
            project.close()


kept_steps = st.lists(
    uses | st.sampled_from(["undo", "redo", "crash", "reload", "checkpoint"]),
    min_size=3,
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(kept_steps)
def test_any_sequence_with_crashes_and_reloads_gives_the_arrays_of_plain_copies(
    background, steps
) -> None:
    options = ToolOptions()
    options.visible = (0, 0, WIDTH, HEIGHT)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "images").mkdir()
        session = KeptSession(Path(folder) / "images")
        tools = [tool(session, options, background) for tool in WRITING]
        copies, here = [session.image.layers.labels.copy()], 0
        for step in [*steps, "crash"]:
            match step:
                case "undo":
                    here -= session.undo()
                case "redo":
                    here += session.redo()
                case str():
                    getattr(session, step)()
                case _:
                    before = len(session.image.history)
                    use(session, options, tools, step)
                    if len(session.image.history) > before:
                        copies = [*copies[: here + 1], session.image.layers.labels.copy()]
                        here += 1
            assert np.array_equal(session.image.layers.labels, copies[here])
            assert len(session.image.history) == here
        session.close()


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
    if how == "cancel":
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
