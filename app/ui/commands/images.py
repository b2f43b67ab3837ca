"""The Edit and Image menus: undo, accept, the next image, reviewed."""

from __future__ import annotations

from app.ui.commands.command import Table, WindowCommands
from app.ui.dialogs.interpolate_dialog import InterpolateDialog
from app.ui.translation import tr


class ImageCommands(WindowCommands):
    """The labels on screen, and the way through the folder."""

    def table(self) -> Table:
        """The commands by action id."""
        session = self._session
        return {
            "edit.undo": self._settled(session.editing.undo),
            "edit.redo": self._settled(session.editing.redo),
            "edit.accept": self._settled(session.editing.accept_prediction),
            "image.next": self._settled(session.show_next),
            "image.previous": self._settled(session.show_previous),
            "image.unreviewed": self._settled(session.show_next_unreviewed),
            "image.useful": self._settled(session.queue.show_most_useful),
            "image.queue": self.follow_queue,
            "image.doubt": session.doubt.show_next,
            "image.reviewed": self._settled(session.reviewing.mark_reviewed_and_next),
            "image.segment": session.modelling.segment_folder,
            "image.interpolate": self._settled(self.interpolate),
        }

    def follow_queue(self) -> None:
        """Go by the queue, or by the order of the folder."""
        self._session.queue.follow(self._window.actions_by_id["image.queue"].isChecked())

    def interpolate(self) -> None:
        """Ask between which two images, and fill what lies between."""
        session = self._session
        ends = session.interpolating.ends()
        if ends is None:
            session.tell(tr("Paint two images of the sequence first: the ones between are filled."))
            return
        dialog = InterpolateDialog(session, ends, self._window)
        if dialog.exec():
            session.interpolating.fill(dialog.image_ids)
