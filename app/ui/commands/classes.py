"""The Class menu: add, swap, lock, choose."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.ui.commands.command import Table, WindowCommands
from app.ui.docks.class_list import ID_ROLE
from app.ui.help_page import native
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

TOLD_MS = 6_000


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
            "class.all": self._settled(self.change_all),
        }
        for number in range(10):
            table[f"class.{number}"] = partial(self.choose, number)
        return table

    def choose(self, class_id: int) -> None:
        """Paint with this class; where there is none, say how to get one."""
        if self._session.classes.has(class_id):
            self._session.select_class(class_id)
            return
        keys = native(self._window.actions_by_id.keys()["class.add"])
        text = tr("There is no class {number}. “Add a class” makes one", number=class_id)
        self._window.statusBar().showMessage(f"{text} ({keys})." if keys else f"{text}.", TOLD_MS)

    def change_all(self) -> None:
        """Show all classes, and what a change of them would do in all images."""
        project = self._session.project
        if project is None or project.is_read_only:
            return
        from app.ui.dialogs.classes_dialog import ClassesDialog  # Seldom needed.

        chosen = self._window.class_dock.list.currentIndex().data(ID_ROLE)
        ClassesDialog(self._session, self._window, class_id=chosen).open()

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
