"""Background brush: paints class 0 whatever class is selected."""

from __future__ import annotations

from app.ui.tools.brush import Brush
from app.ui.tools.pixels.target import UNLABELLED
from app.ui.tools.tool import Pointer


class BackgroundBrush(Brush):
    """For saying "there is nothing here" without changing the class."""

    id = "tool.background"
    name = "Background stroke"

    def value(self, pointer: Pointer) -> int:
        """The background; the right button still erases."""
        return UNLABELLED if pointer.erases else 0
