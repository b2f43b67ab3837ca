"""The Class menu: add, swap, lock, choose."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.ui.commands.command import Table, WindowCommands

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


class ClassCommands(WindowCommands):
    """The class that is painted."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._class_before = 1

    def table(self) -> Table:
        """The commands by action id."""
        table: Table = {
            "class.add": self._window.class_dock.add,
            "class.swap": self.swap,
            "class.lock": self.lock,
        }
        for number in range(10):
            table[f"class.{number}"] = partial(self._session.select_class, number)
        return table

    def swap(self) -> None:
        """Background, or the class that was selected before it."""
        current = self._session.current_class
        if current != 0:
            self._class_before = current
        self._session.select_class(self._class_before if current == 0 else 0)

    def lock(self) -> None:
        """Lock the selected class, or unlock it."""
        options = self._window.toolbox.options
        options.set_locked(options.target.locked ^ {self._session.current_class})
