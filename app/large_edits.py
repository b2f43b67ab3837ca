"""Edits of a whole image, made in another thread and written when they are ready."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from app.document.edit import Edit
from app.notices import Progress
from app.opening import OpenImage

if TYPE_CHECKING:
    from app.editing import Editing
    from app.session import Session

AT_ONCE = 1_500_000
"""Pixels up to which an edit is made within a frame."""


@dataclass(frozen=True, eq=False)
class LargeEdit:
    """An edit that takes a while.

    `make` only reads the labels, in any thread: the edit, or None when it changes nothing. `write`
    does the same change in place. `then` is called when that has happened. `title` is for the
    status bar.
    """

    title: str
    make: Callable[[], Edit | None]
    write: Callable[[], None]
    then: Callable[[], None] = lambda: None


class LargeEdits:
    """Makes them one after another; what is painted meanwhile counts, and they are made again.

    GUI thread.
    """

    def __init__(self, session: Session, editing: Editing) -> None:
        self._session = session
        self._editing = editing
        self._waiting: deque[LargeEdit] = deque()
        self._is_due = False

    def begin(self, change: LargeEdit) -> None:
        """Change the labels on screen: now if the image is small, else as soon as it is ready."""
        image = self._session.image
        assert image is not None
        if (
            image.layers.labels.size <= AT_ONCE
            and not self._waiting
            and not self._editing.is_painting
        ):
            self._finish(change, change.make())
            return
        self._waiting.append(change)
        if len(self._waiting) == 1:
            self._prepare()

    def go_on(self) -> None:
        """An edit that was in work has ended."""
        if self._is_due and not self._editing.is_painting:
            self._prepare()

    def forget(self) -> None:
        """The image leaves the screen."""
        self._is_due = False
        if self._waiting:
            self._waiting.clear()
            self._session.show_progress(None)

    def _prepare(self) -> None:
        image = self._session.image
        if image is None or not self._waiting:
            return
        self._is_due = self._editing.is_painting  # the stroke may still be cancelled
        if self._is_due:
            return
        change, before = self._waiting[0], self._editing.mark
        self._session.show_progress(Progress(change.title, 0, 0, can_cancel=False))

        def make() -> None:
            edit = change.make()
            self._session.do_in_front(partial(self._take, change, image, before, edit))

        self._session.do_behind(make)

    def _take(self, change: LargeEdit, image: OpenImage, before: object, edit: Edit | None) -> None:
        if not self._waiting or change is not self._waiting[0] or image is not self._session.image:
            return
        if self._editing.is_painting:
            self._is_due = True
        elif before != self._editing.mark:
            self._prepare()
        else:
            self._waiting.popleft()
            self._session.show_progress(None)
            self._finish(change, edit)
            self._prepare()

    def _finish(self, change: LargeEdit, edit: Edit | None) -> None:
        if edit is not None:
            change.write()
            self._editing.take_edit(edit)
        change.then()
