"""The open project encrypted, or made plain again: it is closed, changed behind, and opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.background import BackgroundWork
from app.document.encryption import (
    decrypt_project,
    encrypt_project,
    give_passphrase,
    vault_of,
)
from app.document.errors import WrongPassphrase
from app.document.project import Project

if TYPE_CHECKING:
    from app.session import Session


class Encrypting:
    """Changes how the project lies on the disk. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._work: BackgroundWork | None = None

    def encrypt(self, passphrase: str) -> None:
        """From now on the open project needs this passphrase."""
        text = "The project is encrypted. Keep the passphrase: without it the labels are lost."
        title = self._session.tr("Encrypting")
        self._change(title, lambda folder: encrypt_project(folder, passphrase), passphrase, text)

    def decrypt(self, passphrase: str, *, wrong: Callable[[str], object]) -> None:
        """The open project becomes a plain one.

        `wrong` is called with a sentence when the passphrase is not the right one; the project
        stays open then.
        """
        session = self._session
        title = session.tr("Decrypting")

        def steps(project: Project) -> Iterator[None]:
            vault_of(project.data_folder, passphrase)
            yield

        def done(results: list[None], is_cancelled: bool) -> None:
            text = "The project is no longer encrypted."
            self._change(
                title, lambda folder: decrypt_project(folder, passphrase), passphrase, text
            )

        def failed(error: Exception) -> None:
            if isinstance(error, WrongPassphrase):
                wrong(session.tr("The passphrase is wrong: nothing was changed."))
            else:
                session.tell(str(error), is_error=True)

        session.files.run(title, steps, done=done, failed=failed)

    def change_passphrase(self, old: str, new: str, *, wrong: Callable[[str], object]) -> None:
        """Give the open project, which stays open, another passphrase.

        `wrong` is called with a sentence when `old` is not the one until now.
        """
        session = self._session

        def steps(project: Project) -> Iterator[None]:
            give_passphrase(project.data_folder, old, new)
            yield

        def done(results: list[None], is_cancelled: bool) -> None:
            session.tell(session.tr("The project has another passphrase from now on."))

        def failed(error: Exception) -> None:
            if isinstance(error, WrongPassphrase):
                wrong(session.tr("The passphrase until now is wrong: nothing was changed."))
            else:
                session.tell(f"The passphrase was not changed: {error}", is_error=True)

        session.files.run(session.tr("Changing the passphrase"), steps, done=done, failed=failed)

    def end(self) -> None:
        """Wait until the change in work is whole."""
        work, self._work = self._work, None
        if work is not None:
            work.close()

    def _change(
        self, title: str, change: Callable[[Path], None], passphrase: str, text: str
    ) -> None:
        session = self._session
        if session.project is None:
            return
        trouble = session.saving.finish()
        if trouble is not None:
            session.tell(f"{trouble} Nothing was changed.", is_error=True)
            return
        folder = session.project.folder
        session.close()
        work = self._work = BackgroundWork(session.do_in_front, session.show_progress)

        def steps() -> Iterator[None]:
            change(folder)
            yield

        def done(results: list[None], is_cancelled: bool) -> None:
            reopen(partial(session.tell, text))

        def failed(error: Exception) -> None:
            reopen(partial(session.tell, str(error), is_error=True))

        def reopen(say: Callable[[], None]) -> None:
            say()
            if self._work is not work:
                return  # The session was closed meanwhile.
            self.end()
            if session.project is None and session.opening.folder is None:
                # Opening hides what was said.
                session.opening.open(folder, passphrase=passphrase, then=say)

        work.start(title, 0, steps, done=done, failed=failed)
