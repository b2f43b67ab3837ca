"""The engine's copy of the labels is what the person painted, whatever it was told together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.edit import EditRecorder, apply_edit, revert_edit
from app.document.layers import blank_labels
from app.engine.inbox import Inbox
from app.engine.label_copies import LabelCopies, StepMissed
from app.engine.requests import AnswerStroke, BlankLabels, ImageRef, LabelStep

A = ImageRef("a.png", Path("a.png"))
SIZE = (150, 200)


class Person:
    """Paints and undoes as the session does, and tells each step."""

    def __init__(self, labels: np.ndarray | None = None) -> None:
        self.labels = blank_labels(SIZE) if labels is None else labels.copy()
        self._start = BlankLabels(SIZE) if labels is None else labels.copy()
        self._done: list = []
        self._number = 0

    def paint(self, x: int, y: int, value: int) -> AnswerStroke | None:
        recorder = EditRecorder(self.labels)
        recorder.touch(x, y, x + 40, y + 30)
        self.labels[y : y + 30, x : x + 40] = value
        edit = recorder.commit("Brush")
        if edit is None:
            return None
        self._done.append(edit)
        return self._told(LabelStep(edit))

    def undo(self) -> AnswerStroke | None:
        if not self._done:
            return None
        edit = self._done.pop()
        revert_edit(self.labels, edit)
        return self._told(LabelStep(edit, is_undone=True))

    def redo(self, edit) -> AnswerStroke:
        apply_edit(self.labels, edit)
        return self._told(LabelStep(edit))

    def _told(self, step: LabelStep) -> AnswerStroke:
        self._number += 1
        start, self._start = self._start, None
        return AnswerStroke(A, start, (step,), self._number)


actions = st.lists(
    st.tuples(st.integers(0, 180), st.integers(0, 140), st.integers(-1, 3), st.booleans()),
    min_size=1,
    max_size=12,
)


@given(actions, st.booleans())
def test_the_copy_follows_strokes_and_undo_also_when_some_waited(actions, begins_blank) -> None:
    painted = blank_labels(SIZE)
    painted[:, ::3] = 2
    person = Person(None if begins_blank else painted)
    inbox, copies = Inbox(), LabelCopies()
    for x, y, value, is_taken in actions:
        request = person.undo() if value < 0 else person.paint(x, y, value)
        if request is not None:
            inbox.put(request)
        if is_taken and (job := inbox.most_urgent()) is not None:
            assert np.array_equal(copies.follow(job.request), person.labels)
            inbox.finish(job)
    if (job := inbox.most_urgent()) is not None:
        assert np.array_equal(copies.follow(job.request), person.labels)


def test_a_missed_step_is_noticed_and_whole_labels_mend_it() -> None:
    person, copies = Person(), LabelCopies()
    copies.follow(person.paint(0, 0, 1))
    person.paint(50, 50, 2)
    with pytest.raises(StepMissed):
        copies.follow(person.paint(90, 90, 0))
    whole = AnswerStroke(A, person.labels.copy())
    assert np.array_equal(copies.follow(whole), person.labels)


def test_frozen_labels_of_another_are_not_written() -> None:
    labels = blank_labels(SIZE)
    labels.setflags(write=False)
    copies = LabelCopies()
    copies.follow(AnswerStroke(A, labels))
    person = Person()
    request = person.paint(3, 3, 1)
    copies.follow(AnswerStroke(A, None, request.steps, 1))
    assert (labels == 255).all()
