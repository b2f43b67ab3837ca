"""Undo and redo of one image: two stacks of edits. The journal holds the same on disk."""

from __future__ import annotations

from dataclasses import dataclass

from app.document.edit import Edit


@dataclass(frozen=True)
class HistoryEntry:
    """One line of a history list; `is_undone` entries can be redone."""

    edit: Edit
    is_undone: bool


class History:
    """The edits of one image, oldest first. It does not touch pixels: the caller does.

    `forgotten_until`: edits up to this time (seconds since 1970) are no longer kept; None: all are.
    """

    def __init__(self, *, forgotten_until: float | None = None) -> None:
        self.forgotten_until = forgotten_until
        self._done: list[Edit] = []
        self._undone: list[Edit] = []
        self._latest = object()

    @property
    def undo_name(self) -> str | None:
        """The name of what `undo` would take back, or None."""
        return self._done[-1].name if self._done else None

    @property
    def next_undo(self) -> Edit | None:
        """What `undo` would give."""
        return self._done[-1] if self._done else None

    @property
    def next_redo(self) -> Edit | None:
        """What `redo` would give."""
        return self._undone[-1] if self._undone else None

    @property
    def redo_name(self) -> str | None:
        """The name of what `redo` would bring back, or None."""
        return self._undone[-1].name if self._undone else None

    @property
    def latest(self) -> object:
        """Another object after each push, undo and redo: tells whether anything has happened."""
        return self._latest

    def push(self, edit: Edit) -> None:
        """A new edit was made; what was undone before it can no longer be redone."""
        self._latest = object()
        self._done.append(edit)
        self._undone.clear()

    def undo(self) -> Edit:
        """The edit to revert. Raises `IndexError` when `undo_name` is None."""
        edit = self._done.pop()
        self._latest = object()
        self._undone.append(edit)
        return edit

    def redo(self) -> Edit:
        """The edit to apply again. Raises `IndexError` when `redo_name` is None."""
        edit = self._undone.pop()
        self._latest = object()
        self._done.append(edit)
        return edit

    def entries(self) -> list[HistoryEntry]:
        """All edits, oldest first, the undone ones last in the order of redoing."""
        done = [HistoryEntry(edit, is_undone=False) for edit in self._done]
        return done + [HistoryEntry(edit, is_undone=True) for edit in reversed(self._undone)]

    def __len__(self) -> int:
        """How many edits `undo` can take back."""
        return len(self._done)

    def __bool__(self) -> bool:
        """Whether there is anything to undo or to redo."""
        return bool(self._done or self._undone)
