"""What each action of the table does: a class for each menu, one action, one short function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui.commands.classes import ClassCommands
from app.ui.commands.command import Table
from app.ui.commands.encryption import EncryptionCommands
from app.ui.commands.files import FileCommands
from app.ui.commands.help import HelpCommands
from app.ui.commands.images import ImageCommands
from app.ui.commands.models import ModelCommands
from app.ui.commands.tools import ToolCommands
from app.ui.commands.view import ViewCommands

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

__all__ = ["Commands"]


class Commands:
    """The commands of a window."""

    def __init__(self, window: MainWindow) -> None:
        self.files = FileCommands(window)
        self._others = (
            EncryptionCommands(window),
            ImageCommands(window),
            ToolCommands(window),
            ClassCommands(window),
            ViewCommands(window),
            ModelCommands(window),
            HelpCommands(window),
        )

    def table(self) -> Table:
        """The command of every action id."""
        table = self.files.table()
        for commands in self._others:
            table |= commands.table()
        return table
