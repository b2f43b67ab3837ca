"""The passphrase of a project: given, set, taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.ui.commands.command import Table, WindowCommands
from app.ui.dialogs.passphrase_dialog import PassphraseDialog
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


class EncryptionCommands(WindowCommands):
    """Asks, and lets the session do it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._session.passphrase_wanted.connect(self.ask)

    def table(self) -> Table:
        """The commands by action id."""
        return {
            "file.encrypt": self._settled(self.change),
            "file.passphrase": self._settled(self.change_passphrase),
        }

    def ask(self, give: Callable[[str], object], sentence: str) -> None:
        """Ask for the passphrase of a folder that is to be opened; a wrong one brings this back."""
        dialog = PassphraseDialog(sentence, tr("Open"), self._window)
        dialog.accepted.connect(lambda: give(dialog.passphrase))
        dialog.open()

    def change(self, sentence: str = "") -> None:
        """Encrypt the open project; an encrypted one is made plain. A wrong passphrase brings this
        back.
        """
        project, encrypting = self._session.project, self._session.encrypting
        if project is None:
            return
        if project.is_read_only:
            self._session.tell(tr("This project was opened to look only: nothing can be changed."))
            return
        if project.is_encrypted:
            text = sentence or tr(
                "This project is encrypted. Give its passphrase to make it plain again."
            )
            dialog = PassphraseDialog(text, tr("Decrypt"), self._window)
            dialog.accepted.connect(
                lambda: encrypting.decrypt(dialog.passphrase, wrong=self.change)
            )
        else:
            text = tr(
                "Labels, predictions, models and the journal will be encrypted; the images stay as "
                "they are. Without the passphrase nobody can ever read them again."
            )
            dialog = PassphraseDialog(text, tr("Encrypt"), self._window, is_new=True)
            dialog.accepted.connect(lambda: encrypting.encrypt(dialog.passphrase))
        self._session.project_closed.connect(dialog.reject)
        dialog.open()

    def change_passphrase(self, sentence: str = "") -> None:
        """Ask for the old and the new passphrase; a wrong old one brings this back."""
        project, encrypting = self._session.project, self._session.encrypting
        if project is None:
            return
        if not project.is_encrypted or project.is_read_only:
            text = tr("Only an encrypted project that may be changed has a passphrase to change.")
            self._session.tell(text)
            return
        text = sentence or tr(
            "The new passphrase opens the project from now on; earlier backups keep the old one."
        )
        dialog = PassphraseDialog(text, tr("Change"), self._window, replaces=True)
        dialog.accepted.connect(
            lambda: encrypting.change_passphrase(
                dialog.old, dialog.passphrase, wrong=self.change_passphrase
            )
        )
        self._session.project_closed.connect(dialog.reject)
        dialog.open()
