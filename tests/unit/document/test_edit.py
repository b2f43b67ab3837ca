from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.edit import (
    Edit,
    EditRecorder,
    Rect,
    TileChange,
    apply_edit,
    edit_between,
    revert_edit,
)
from app.document.errors import EditError
from app.document.history import History
from app.document.log_rows import pack_tiles, unpack_tiles

box = st.tuples(
    st.integers(-20, 300), st.integers(-20, 260), st.integers(1, 150), st.integers(1, 150)
)


@settings(max_examples=60, deadline=None)
@given(boxes=st.lists(st.tuples(box, st.integers(0, 255)), min_size=1, max_size=5))
def test_an_edit_is_undone_and_redone_exactly(
    boxes: list[tuple[tuple[int, int, int, int], int]],
) -> None:
    labels = np.full((230, 301), 255, np.uint8)
    before = labels.copy()
    recorder = EditRecorder(labels)
    for (x, y, width, height), value in boxes:
        recorder.touch(x, y, x + width, y + height)
        labels[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)] = value
    after = labels.copy()
    edit = recorder.commit("Brush")
    if edit is None:
        np.testing.assert_array_equal(before, after)
        return
    assert unpack_tiles(pack_tiles(edit)) == edit.tiles
    assert revert_edit(labels, edit) == edit.bounds
    np.testing.assert_array_equal(labels, before)
    apply_edit(labels, edit)
    np.testing.assert_array_equal(labels, after)


def test_unchanged_tiles_are_dropped() -> None:
    labels = np.zeros((300, 300), np.uint8)
    recorder = EditRecorder(labels)
    recorder.touch(0, 0, 300, 300)
    assert recorder.commit("Nothing") is None
    recorder.touch(0, 0, 300, 300)
    labels[130, 130] = 1
    edit = recorder.commit("Dot")
    assert edit is not None
    assert edit.bounds == Rect(128, 128, 128, 128)


def test_a_cancelled_stroke_leaves_no_trace() -> None:
    labels = np.zeros((300, 300), np.uint8)
    recorder = EditRecorder(labels)
    assert recorder.cancel() is None
    recorder.touch(100, 10, 140, 20)
    labels[10:20, 100:140] = 4
    assert recorder.cancel() == Rect(0, 0, 256, 128)
    assert not labels.any()


@pytest.mark.parametrize("damage", ["cut", "noise", "size", "place", "bomb"])
def test_a_damaged_edit_is_refused_and_changes_nothing(damage: str) -> None:
    labels = np.zeros((200, 200), np.uint8)
    good = edit_between(labels, np.ones_like(labels), "Fill")
    assert good is not None
    first, *rest = good.tiles
    broken = {
        "cut": TileChange(0, 0, 128, 128, first.before[:-6], first.after[:-6]),
        "noise": TileChange(0, 0, 128, 128, b"noise", b"noise"),
        "size": TileChange(0, 0, 100, 128, first.before, first.after),
        "place": TileChange(100, 0, 128, 128, first.before, first.after),
        "bomb": TileChange(0, 0, 60_000, 60_000, first.before, first.after),
    }[damage]
    with pytest.raises(EditError):
        apply_edit(labels, Edit("Fill", (*rest, broken), 0.0))
    assert not labels.any()


def test_a_new_edit_ends_what_could_be_redone() -> None:
    history = History()
    edits = [Edit(name, (), 0.0) for name in ("one", "two", "three")]
    history.push(edits[0])
    history.push(edits[1])
    assert (history.undo_name, history.redo_name) == ("two", None)
    assert history.undo() is edits[1]
    assert (history.undo_name, history.redo_name) == ("one", "two")
    assert [(entry.edit.name, entry.is_undone) for entry in history.entries()] == [
        ("one", False),
        ("two", True),
    ]
    history.push(edits[2])
    assert (history.undo_name, history.redo_name) == ("three", None)
