"""Any sequence of work, saving, crashing and reopening equals a plain model in memory."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.document.compaction import UNDO_LIMIT, UndoLimit
from app.document.edit import EditRecorder, apply_edit, revert_edit
from app.document.project import Project
from tests.unit.document.conftest import write_image

SIZE = (140, 150)


class JournalMachine(RuleBasedStateMachine):
    """`expected` is the plain model: whole copies of the labels in two stacks."""

    limit = UNDO_LIMIT

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        write_image(self.root / "a.png", SIZE)
        self.crashed: list[Project] = []
        self.folder = self.root
        self._open()
        self.expected = np.full(SIZE, 255, np.uint8)
        self.done: list[np.ndarray] = []
        self.undone: list[np.ndarray] = []

    def _open(self) -> None:
        self.project = Project.open(self.folder, undo_limit=self.limit)
        for _ in self.project.rescan():
            pass
        self.image_id = self.project.item_by_name("a.png").id
        self.layers, self.history = self.project.load_layers(self.image_id, SIZE)

    @rule(
        x=st.integers(0, 149), y=st.integers(0, 139), side=st.integers(1, 90), c=st.integers(0, 3)
    )
    def stroke(self, x: int, y: int, side: int, c: int) -> None:
        recorder = EditRecorder(self.layers.labels)
        recorder.touch(x, y, x + side, y + side)
        self.layers.labels[y : y + side, x : x + side] = c
        edit = recorder.commit("Brush")
        if edit is None:
            return
        self.history.push(edit)
        self.project.commit_edit(self.image_id, edit)
        self.done.append(self.expected.copy())
        self.undone.clear()
        self.expected[y : y + side, x : x + side] = c

    @precondition(lambda self: self.done)
    @rule()
    def undo(self) -> None:
        edit = self.history.undo()
        revert_edit(self.layers.labels, edit)
        self.project.commit_undo(self.image_id, edit)
        self.undone.append(self.expected)
        self.expected = self.done.pop()

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        edit = self.history.redo()
        apply_edit(self.layers.labels, edit)
        self.project.commit_redo(self.image_id, edit)
        self.done.append(self.expected)
        self.expected = self.undone.pop()

    @rule()
    def checkpoint(self) -> None:
        self.project.checkpoint(self.image_id, self.layers.labels.copy())

    @rule()
    def load_again(self) -> None:
        self.layers, self.history = self.project.load_layers(self.image_id, SIZE)

    @rule()
    def close_and_open(self) -> None:
        assert self.project.close()
        self._open()

    @rule()
    def lose_the_label_file(self) -> None:
        self.project.flush()
        self.project.label_path(self.image_id).unlink(missing_ok=True)

    @rule()
    def crash_and_open(self) -> None:
        """What a killed process leaves: the files as they are, without closing."""
        assert self.project.flush()
        copy = Path(tempfile.mkdtemp())
        shutil.copytree(self.folder, copy, dirs_exist_ok=True)
        self.crashed.append(self.project)
        self.folder = copy
        self._open()

    @invariant()
    def labels_and_history_equal_the_model(self) -> None:
        np.testing.assert_array_equal(self.layers.labels, self.expected)
        entries = self.history.entries()
        assert sum(not entry.is_undone for entry in entries) == len(self.done)
        assert sum(entry.is_undone for entry in entries) == len(self.undone)

    def teardown(self) -> None:
        for project in (self.project, *self.crashed):
            project.close()
            shutil.rmtree(project.folder, ignore_errors=True)


class CompactedJournalMachine(JournalMachine):
    """With a small limit, so that most openings drop old rows: the last steps must stay."""

    limit = UndoLimit(edits=2)

    def _open(self) -> None:
        super()._open()
        if hasattr(self, "done"):
            assert len(self.history) >= min(len(self.done), self.limit.edits)
            self.done = self.done[len(self.done) - len(self.history) :]


TestCompactedJournal = CompactedJournalMachine.TestCase
TestCompactedJournal.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)

TestJournal = JournalMachine.TestCase
TestJournal.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
