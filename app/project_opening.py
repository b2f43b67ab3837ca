"""Projects opened in threads of their own: the window goes on meanwhile, and may stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from app.document.errors import (
    DocumentError,
    PassphraseNeeded,
    ProjectDiskFull,
    ProjectLocked,
    ProjectTooNew,
)
from app.document.project import Project

if TYPE_CHECKING:
    from app.session import Session


class ProjectOpening:
    """Opens the projects of a session, one at a time. GUI thread; the files are read in others."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._attempt: _Attempt | None = None
        self._threads: list[tuple[Path, threading.Thread]] = []  # also of cancelled attempts

    @property
    def folder(self) -> Path | None:
        """The folder whose project is being opened; None when none is."""
        return None if self._attempt is None else self._attempt.folder

    def open(
        self,
        folder: Path,
        *,
        read_only: bool = False,
        passphrase: str | None = None,
        then: Callable[[], object] | None = None,
    ) -> None:
        """Open the project of a folder in place of the one that is open; call `then` when it is.

        Returns at once; `opening_changed` tells that it has begun and ended. What is being opened
        already is cancelled. The project that is open stays until the other one is there, and when
        that fails; only to be opened anew it is closed before.
        """
        self._stop()
        session, present = self._session, self._session.project
        session.archiving.cancel()
        folder = folder.absolute()
        self._threads = [(at, thread) for at, thread in self._threads if thread.is_alive()]
        self._attempt = _Attempt(
            session,
            folder,
            read_only=read_only,
            passphrase=passphrase,
            then=then,
            present=None if present is None else present.folder,
            # Cancelled, they may still take and free the lock of this project. Those at another
            # folder are not waited for: its drive may never answer.
            before=tuple(thread for at, thread in self._threads if at == folder),
        )
        self._threads.append((folder, self._attempt.thread))
        self._attempt.thread.start()
        session.opening_changed.emit()

    def cancel(self) -> None:
        """Open nothing. Waits for nothing: a project that comes too late is closed behind."""
        if self._stop():
            self._session.opening_changed.emit()

    def make_way(self, attempt: _Attempt) -> None:
        """The folder that is opened is the open project's: close that, to open it anew."""
        if attempt is self._attempt:
            self._session.leave_project()
            attempt.go_on()

    def take(self, attempt: _Attempt, project: Project) -> None:
        """The project is open; one of a cancelled attempt is not taken."""
        if attempt is not self._attempt:
            return
        self._attempt = None
        attempt.go_on()
        self._session.take_project(project)
        self._session.opening_changed.emit()
        if attempt.then is not None:
            attempt.then()

    def tell_failure(self, attempt: _Attempt, error: Exception) -> None:
        """Say what went wrong, with what can be done about it; what is open stays so."""
        if attempt is not self._attempt:
            return
        self._attempt = None
        session = self._session
        session.opening_changed.emit()
        if isinstance(error, PassphraseNeeded):
            session.passphrase_wanted.emit(partial(self._open_with, attempt), str(error))
        elif isinstance(error, ProjectLocked | ProjectTooNew | ProjectDiskFull):
            look = partial(self._open_with, attempt, attempt.passphrase, read_only=True)
            text = session.tr("Open to look")
            session.tell(str(error), is_error=True, action_text=text, action=look)
        elif isinstance(error, DocumentError | OSError):
            session.tell(str(error), is_error=True)
        else:
            raise error

    def _open_with(
        self, former: _Attempt, passphrase: str | None, *, read_only: bool | None = None
    ) -> None:
        self.open(
            former.folder,
            read_only=former.read_only if read_only is None else read_only,
            passphrase=passphrase,
            then=former.then,
        )

    def _stop(self) -> bool:
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.cancel()
        return attempt is not None


@dataclass(eq=False)
class _Attempt:
    """One thread that opens one project. It keeps the project only until the session has it."""

    session: Session
    folder: Path  # absolute
    read_only: bool
    passphrase: str | None
    then: Callable[[], object] | None
    present: Path | None  # the folder of the project that is open
    before: tuple[threading.Thread, ...]  # to be waited for
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._is_cancelled = False
        self._answers: SimpleQueue[bool] = SimpleQueue()
        self.thread = threading.Thread(target=self._run, name="maskloop-opening", daemon=True)

    def cancel(self) -> None:
        """Nobody waits for it any more. GUI thread."""
        self._is_cancelled = True
        self._answers.put(False)

    def go_on(self) -> None:
        """The session has done what the thread waits for. GUI thread."""
        self._answers.put(True)

    def _run(self) -> None:
        opening = self.session.opening
        for thread in self.before:
            thread.join()
        try:
            project = self._open()
        except Exception as error:
            if not self._is_cancelled:
                self.session.do_in_front(partial(opening.tell_failure, self, error))
            return
        if project is not None and not self._ask(partial(opening.take, self, project)):
            project.close()

    def _open(self) -> Project | None:
        """None when it was cancelled before anything was opened. Raises as `Project.open`."""
        if self._is_cancelled:
            return None
        folder = self.folder.resolve()
        if folder == self.present and not self._ask(partial(self.session.opening.make_way, self)):
            return None
        return Project.open(
            folder,
            read_only=self.read_only,
            passphrase=self.passphrase,
            on_saved=lambda is_saved: self._tell_saver(folder, is_saved),
            on_failed=lambda error: self._tell_saver(folder, error),
        )

    def _tell_saver(self, folder: Path, news: bool | Exception) -> None:
        if not self._is_cancelled:
            self.session.saver_spoke.emit(folder, news)

    def _ask(self, call: Callable[[], None]) -> bool:
        """Let the GUI thread do this; whether it has, or the attempt was cancelled."""
        if not self._is_cancelled:
            self.session.do_in_front(call)
        return self._answers.get()
