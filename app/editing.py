"""Edits of the image on screen: begin, commit, cancel, undo, redo, accept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from app.document.classes import UNLABELLED
from app.document.edit import Edit, EditRecorder, Rect, apply_edit, revert_edit
from app.document.errors import EditError
from app.document.layers import frozen_copy
from app.document.project import ImageState
from app.opening import OpenImage

if TYPE_CHECKING:
    from app.session import Session


class Editing:
    """The only place where labels on screen change for good. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def can_edit(self) -> bool:
        """Whether there is an image on screen whose labels may be changed."""
        session = self._session
        return (
            session.image is not None
            and session.project is not None
            and not session.project.is_read_only
        )

    def begin(self) -> EditRecorder:
        """Start changing the labels on screen; touch each rectangle before writing there."""
        session = self._session
        if session.image is None:
            raise RuntimeError("there is no image to edit")
        if not self.can_edit:
            session.tell(
                session.tr("This project was opened to look only: nothing can be changed.")
            )
        return EditRecorder(session.image.layers.labels)

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
        if edit is None:
            return False
        session.reviewing.keep_baseline(session.image)
        session.image.history.push(edit)
        session.project.commit_edit(session.image.item.id, edit)
        self._tell_change(session.image, edit.bounds)
        return True

    def cancel(self, recorder: EditRecorder) -> None:
        """Put back what the edit in work has changed."""
        changed = recorder.cancel()
        if changed is not None:
            self._session.labels_changed.emit(*_box(changed))

    def undo(self) -> None:
        """Take back the last edit of the image on screen."""
        image, project = self._session.image, self._session.project
        if not self.can_edit or image is None or project is None or not image.history.undo_name:
            return
        edit = image.history.undo()
        changed = self._changed_by(revert_edit, image, edit, otherwise=image.history.redo)
        if changed is not None:
            project.commit_undo(image.item.id, edit)
            self._tell_change(image, changed)

    def redo(self) -> None:
        """Do again what was undone."""
        image, project = self._session.image, self._session.project
        if not self.can_edit or image is None or project is None or not image.history.redo_name:
            return
        edit = image.history.redo()
        changed = self._changed_by(apply_edit, image, edit, otherwise=image.history.undo)
        if changed is not None:
            project.commit_redo(image.item.id, edit)
            self._tell_change(image, changed)

    def accept_prediction(self) -> bool:
        """Copy the prediction into the labels where nothing is painted, as one edit."""
        image = self._session.image
        if image is None or image.layers.prediction is None or not self.can_edit:
            return False
        labels, prediction = image.layers.labels, image.layers.prediction
        recorder = self.begin()
        recorder.touch(0, 0, labels.shape[1], labels.shape[0])
        np.copyto(labels, prediction, where=labels == UNLABELLED)
        return self.commit(recorder, self._session.tr("Accept prediction"))

    def save_labels(self) -> None:
        """Write the label file of the image on screen, behind; its edits are journalled already."""
        session = self._session
        if session.project is not None and session.image is not None and self.can_edit:
            image = session.image
            session.project.checkpoint(image.item.id, frozen_copy(image.layers.labels))

    def _changed_by(
        self,
        change: Callable[[np.ndarray, Edit], Rect],
        image: OpenImage,
        edit: Edit,
        *,
        otherwise: Callable[[], object],
    ) -> Rect | None:
        """Apply or revert an edit; when its tiles are damaged, say so and step back."""
        try:
            return change(image.layers.labels, edit)
        except EditError as error:
            otherwise()
            self._session.tell(str(error), is_error=True)
            return None

    def _tell_change(self, image: OpenImage, changed: Rect) -> None:
        session = self._session
        session.set_state(image.item.id, ImageState.EDITED)
        session.images_changed.emit((image.item.id,))
        session.labels_changed.emit(*_box(changed))
        session.history_changed.emit()
        session.modelling.answer(image)


def _box(rect: Rect) -> tuple[int, int, int, int]:
    return rect.x, rect.y, rect.width, rect.height
