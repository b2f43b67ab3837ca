"""Backups of the open project, and projects that come out of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.background import BackgroundWork
from app.document.backup import backup, restore
from app.document.data_size import data_size
from app.document.project import Project

if TYPE_CHECKING:
    from app.session import Session

Step = tuple[int, int]


class Archiving:
    """Writes and unpacks zip files behind. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._work: BackgroundWork | None = None

    def back_up(self, path: Path) -> None:
        """Write the open project into one file; a file that is there is replaced when all is in."""
        session, tr = self._session, self._session.tr

        whole: list[bool] = []

        def steps(project: Project) -> Iterator[Step]:
            yield from backup(project, path)
            whole.append(True)

        def done(results: list[Step], is_cancelled: bool) -> None:
            if not whole:
                session.tell(tr("The backup was stopped: nothing was written."))
                return
            size = data_size(path.stat().st_size)
            session.tell(f"{path} holds the project ({size}); the images are not in it.")

        session.files.run(tr("Backing up"), steps, done=done, failed=self._tell)

    def restore(self, path: Path, folder: Path) -> None:
        """Unpack a backup as the project of a folder of images, and open it. Needs no project."""
        session, tr = self._session, self._session.tr
        self.end()
        self._work = BackgroundWork(session.do_in_front, session.show_progress)
        whole: list[bool] = []

        def steps() -> Iterator[Step]:
            yield from restore(path, folder)
            whole.append(True)

        def done(results: list[Step], is_cancelled: bool) -> None:
            self.end()
            if not whole:
                session.tell(tr("Restoring was stopped: nothing was unpacked."))
                return
            say = partial(session.tell, f"The project of {folder} is restored from {path.name}.")
            if is_cancelled:  # too late: all was unpacked
                say()
            else:
                session.opening.open(folder, then=say)

        def failed(error: Exception) -> None:
            self.end()
            self._tell(error)

        self._work.start(tr("Restoring"), 0, steps, done=done, failed=failed)

    def cancel(self) -> None:
        """Stop restoring."""
        if self._work is not None:
            self._work.cancel()

    def end(self) -> None:
        """Stop, and wait."""
        work, self._work = self._work, None
        if work is not None:
            work.close()

    def _tell(self, error: Exception) -> None:
        self._session.tell(str(error), is_error=True)
