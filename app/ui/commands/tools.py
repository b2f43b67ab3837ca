"""The Tools menu: one tool in the hand, the size of the brush, mending of a class."""

from __future__ import annotations

from functools import partial

from app.ui.commands.command import Table, WindowCommands
from app.ui.tools.pixels.morphology import Mending
from app.ui.tools.toolbox import TOOLS


class ToolCommands(WindowCommands):
    """What is in the hand, and what is done at once to a whole class."""

    def table(self) -> Table:
        """The commands by action id."""
        toolbox = self._window.toolbox
        table: Table = {
            "brush.smaller": partial(toolbox.options.grow, -1),
            "brush.larger": partial(toolbox.options.grow, 1),
        }
        for tool in TOOLS:
            table[tool.id] = partial(toolbox.use, tool.id)
        for mending in Mending:
            table[f"mend.{mending}"] = self._settled(partial(toolbox.mend.mend_image, mending))
        return table
