"""What all commands share: the window they are of, and taking back what a tool has unfinished."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

Table = dict[str, Callable[[], object]]


class WindowCommands:
    """Commands of a window; `table` gives the function of each action id."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session

    def table(self) -> Table:
        """The commands by action id."""
        raise NotImplementedError

    def _settled(self, command: Callable[[], object]) -> Callable[[], None]:
        """The command, after what the tool has unfinished was taken back."""

        def run() -> None:
            self._window.toolbox.settle()
            command()

        return run
