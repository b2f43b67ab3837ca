"""The View menu: zoom, what is drawn over the picture, the whole screen."""

from __future__ import annotations

from functools import partial

from app.ui.canvas.display import Comparing
from app.ui.commands.command import Table, WindowCommands


class ViewCommands(WindowCommands):
    """How things look; nothing of it changes data."""

    def table(self) -> Table:
        """The commands by action id."""
        canvas = self._window.canvas
        return {
            "view.fit": canvas.fit,
            "view.actual": canvas.show_actual_size,
            "view.zoom_in": partial(canvas.zoom, 1.25),
            "view.zoom_out": partial(canvas.zoom, 0.8),
            "view.overlay": partial(self._toggle, "view.overlay", "shows_overlay"),
            "view.outline": partial(self._toggle, "view.outline", "is_outline_only"),
            "view.confidence": partial(self._toggle, "view.confidence", "shows_confidence"),
            "view.split": partial(self.compare, Comparing.SPLIT),
            "view.blink": partial(self.compare, Comparing.BLINK),
            "view.full_screen": self.full_screen,
        }

    def compare(self, comparing: Comparing) -> None:
        """Show the version in use beside another one, or stop it."""
        display, comparison = self._window.display, self._session.comparison
        if display.comparing is comparing:
            comparison.end()
            display.set_value("comparing", Comparing.OFF)
        elif comparison.begin():
            display.set_value("comparing", comparing)
        else:
            display.changed.emit()  # the action shows what is, not what was wanted

    def full_screen(self) -> None:
        """Use the whole screen, or a window again."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def _toggle(self, action_id: str, name: str) -> None:
        self._window.display.set_value(name, self._window.actions_by_id[action_id].isChecked())
