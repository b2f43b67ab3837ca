"""The Help menu: the page of keys, other keys, about."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox

from app.ui.commands.command import Table, WindowCommands
from app.ui.help_page import HelpDialog
from app.ui.translation import tr


class HelpCommands(WindowCommands):
    """What tells of the program itself."""

    def table(self) -> Table:
        """The commands by action id."""
        return {
            "help.page": self.show_page,
            "help.keys": self.change_keys,
            "help.about": self.about,
        }

    def show_page(self) -> None:
        """Show the help page beside the work."""
        dialog = HelpDialog(self._window.actions_by_id.keys(), self._window)
        dialog.show()

    def change_keys(self) -> None:
        """Let the person choose other keys; they are kept for the next time."""
        from app.ui.shortcut_dialog import ShortcutDialog

        dialog = ShortcutDialog(self._window.actions_by_id.keys(), self._window)
        if dialog.exec():
            self._window.actions_by_id.set_keys(dialog.keys)

    def about(self) -> None:
        """Name, version, licence."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("maskloop")
        except PackageNotFoundError:
            number = tr("(not installed)")
        QMessageBox.about(
            self._window,
            tr("About Maskloop"),
            tr(
                "<h3>Maskloop {number}</h3><p>Masks for people who have images and no masks.</p>"
                "<p>Free software under the BSD 3-Clause licence. Your images stay on this "
                "computer.</p>",
                number=number,
            ),
        )
