"""The two stacks of one image."""

from app.document.edit import Edit
from app.document.history import History


def test_a_history_whose_edits_are_all_undone_is_not_empty() -> None:
    history = History()
    assert not history
    history.push(Edit("x", (), 0.0))
    history.undo()
    assert history
    assert len(history) == 0
    assert history.redo_name == "x"
