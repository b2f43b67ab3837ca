"""Whether all is on the disk, and what the person is told and asked while it is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.document.project import Project
from app.document.save_trouble import is_tried_again, reason_of

if TYPE_CHECKING:
    from app.session import Session


class Saving:
    """Hears the writer of the open project. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_failing = False
        self.is_saved = True

    def begin(self, project: Project) -> None:
        """Listen to this project from now on; what failed while it was opened is told again."""
        self._is_failing = False
        self._take(project.is_saved)
        project.retry_saving()

    def hear(self, folder: Path, news: bool | Exception) -> None:
        """The writer of a folder's project failed, or its `is_saved` is another one now."""
        project = self._session.project
        if project is None or project.folder != folder.absolute():
            return
        if isinstance(news, Exception):
            self._hear_failure(project, news)
            return
        if news and self._is_failing:
            self._is_failing = False
            self._session.tell(self._session.tr("Everything is saved again."))
        self._take(news)

    def retry(self) -> None:
        """Try at once what could not be saved; when it fails again, that is told again."""
        if self._session.project is not None:
            self._session.project.retry_saving()

    def finish(self) -> str | None:
        """Write all that is left of the open project and wait; None, or why it is not saved.

        Waits for one try, no longer.
        """
        session, project = self._session, self._session.project
        if project is None or project.is_read_only:
            return None
        session.editing.save_labels()
        return None if project.flush() else self._sentence(project)

    def _hear_failure(self, project: Project, error: Exception) -> None:
        if not is_tried_again(error):
            self._session.tell(str(error), is_error=True)
            return
        if project.is_saved:
            return  # It has succeeded meanwhile.
        self._is_failing = True
        self._take(False)
        text = f"{self._sentence(project)} Nothing is lost while Maskloop stays open."
        try_again = self._session.tr("Try again")
        self._session.tell(text, is_error=True, action_text=try_again, action=self.retry)

    def _sentence(self, project: Project) -> str:
        failure = project.saving_failure
        reason = self._session.tr("Saving takes long") if failure is None else reason_of(failure)
        count = project.unsaved_images
        if count == 0:
            return f"{reason}: your strokes are saved, other files of the project are not yet."
        return f"{reason}: {count} image{' waits' if count == 1 else 's wait'} to be saved."

    def _take(self, is_saved: bool) -> None:
        self.is_saved = is_saved
        self._session.saved_changed.emit(is_saved)
