"""Edits of the image on screen: begin, commit, cancel, undo, redo, accept."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from app.document.edit import Edit, EditRecorder, Rect, apply_edit, revert_edit
from app.document.errors import EditError
from app.document.filling import fill, filling
from app.document.layers import with_parts
from app.document.project import ImageState
from app.engine.requests import LabelStep
from app.large_edits import LargeEdit, LargeEdits
from app.opening import OpenImage

if TYPE_CHECKING:
    from app.session import Session


class Editing:
    """The only place where labels on screen change for good. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: WeakSet[EditRecorder] = WeakSet()
        self._begun = 0
        self._large = LargeEdits(session, self)
        session.image_changed.connect(self._large.forget)

    @property
    def can_edit(self) -> bool:
        """Whether there is an image on screen whose labels may be changed."""
        session = self._session
        return (
            session.image is not None
            and session.project is not None
            and not session.project.is_read_only
            and not session.reclassing.is_busy
            and not session.interpolating.is_busy
            and session.image.layers.labels.flags.writeable
        )

    @property
    def is_painting(self) -> bool:
        """Whether an edit is in work: nothing else may write until it ends."""
        return bool(self._open)

    @property
    def mark(self) -> object:
        """Equal to an earlier one only if no pixel was touched in between."""
        image = self._session.image
        return self._begun, None if image is None else image.history.latest

    def begin(self) -> EditRecorder:
        """Start changing the labels on screen; touch each rectangle before writing there."""
        session = self._session
        if session.image is None:
            raise RuntimeError("there is no image to edit")
        if session.reclassing.is_busy:
            session.tell(session.tr("The classes of all images are being changed: wait a moment."))
        elif session.interpolating.is_busy:
            session.tell(session.tr("The images between are being filled: wait a moment."))
        elif not self.can_edit:
            session.tell(
                session.tr("This project was opened to look only: nothing can be changed.")
            )
        recorder = EditRecorder(session.image.layers.labels)
        self._open.add(recorder)
        self._begun += 1
        return recorder

    def note_painted(self, x: int, y: int, width: int, height: int) -> None:
        """Label pixels of an edit in work have changed: let everybody draw them."""
        self._session.labels_changed.emit(x, y, width, height)

    def commit(self, recorder: EditRecorder, name: str) -> bool:
        """Make the change one undoable edit, write it to the journal, and let the model learn.

        Returns whether anything had changed.
        """
        session = self._session
        if session.project is None or session.image is None:
            return False
        if not self.can_edit:
            self.cancel(recorder)
            return False
        edit = recorder.commit(name)
        self._open.discard(recorder)
        if edit is not None:
            self.take_edit(edit)
        self._large.go_on()
        return edit is not None

    def cancel(self, recorder: EditRecorder) -> None:
        """Put back what the edit in work has changed."""
        changed = recorder.cancel()
        self._open.discard(recorder)
        if changed is not None:
            self._session.labels_changed.emit(*_box(changed))
        self._large.go_on()

    def undo(self) -> bool:
        """Take back the last edit of the image on screen; False when nothing is, or not at once."""
        return self._go(is_undo=True)

    def redo(self) -> bool:
        """Do again what was undone; False when nothing is, or not at once."""
        return self._go(is_undo=False)

    def accept_prediction(self, then: Callable[[], None] = lambda: None) -> bool:
        """Copy the prediction that is shown into the labels where nothing is painted, as one edit.

        A large image takes a moment; `then` is called when it is done. False: there is nothing to
        accept.
        """
        image = self._session.image
        if image is None or not self.can_edit:
            return False
        labels, prediction = image.layers.labels, image.layers.prediction
        parts = tuple(image.layers.parts)
        if parts:
            shown = cache(partial(with_parts, prediction, labels.shape, parts))
        elif prediction is not None:
            shown = cache(lambda: prediction)
        else:
            return False
        name = self._session.tr("Accept prediction")
        self._large.begin(
            LargeEdit(
                self._session.tr("Accepting the prediction"),
                lambda: filling(labels, shown(), name),
                lambda: fill(labels, shown()),
                then,
            )
        )
        return True

    def make(self, change: LargeEdit) -> None:
        """Do a change that takes a while, or has to wait for a stroke to end."""
        if self.can_edit:
            self._large.begin(change)
        else:
            self.cancel(self.begin())  # which tells why

    def take_edit(self, edit: Edit) -> None:
        """Keep an edit that has been written into the labels on screen already."""
        session = self._session
        if session.project is None or session.image is None:
            return
        session.reviewing.keep_baseline(session.image)
        session.image.history.push(edit)
        session.project.commit_edit(session.image.item.id, edit)
        self._tell_change(session.image, edit.bounds, LabelStep(edit))

    def save_labels(self) -> None:
        """Write the label file of the image on screen, behind; its edits are journalled already."""
        session = self._session
        if session.project is not None and session.image is not None and self.can_edit:
            session.project.checkpoint_behind(session.image.item.id)

    def _go(self, *, is_undo: bool) -> bool:
        """One step back or forth in the history; where tiles are damaged, say so and stay."""
        image, project = self._session.image, self._session.project
        if not self.can_edit or image is None or project is None:
            return False
        history = image.history
        edit = history.next_undo if is_undo else history.next_redo
        if edit is None or self._session.reclassing.takes_over(edit, is_redo=not is_undo):
            return False
        step, step_back = (history.undo, history.redo) if is_undo else (history.redo, history.undo)
        change, keep = (
            (revert_edit, project.commit_undo) if is_undo else (apply_edit, project.commit_redo)
        )
        step()
        try:
            changed = change(image.layers.labels, edit)
        except EditError as error:
            step_back()
            self._session.tell(str(error), is_error=True)
            return False
        keep(image.item.id, edit)
        self._tell_change(image, changed, LabelStep(edit, is_undone=is_undo))
        return True

    def _tell_change(self, image: OpenImage, changed: Rect, step: LabelStep) -> None:
        session = self._session
        session.set_state(image.item.id, _state_of(image))
        session.images_changed.emit((image.item.id,))
        session.labels_changed.emit(*_box(changed))
        session.history_changed.emit()
        session.modelling.answer(image, step)


def _state_of(image: OpenImage) -> ImageState:
    """Edited, unless everything was undone: then as it was before the first stroke."""
    if len(image.history) or image.layers.has_labels:
        return ImageState.EDITED
    if image.layers.prediction is None:
        return ImageState.NEW
    return ImageState.SUGGESTED if image.layers.is_suggestion else ImageState.PREDICTED


def _box(rect: Rect) -> tuple[int, int, int, int]:
    return rect.x, rect.y, rect.width, rect.height
