"""Second choice brush: the class that the model finds next most likely becomes the person's own."""

from __future__ import annotations

from app.ui.tools.accept_brush import AcceptBrush
from app.ui.tools.pixels.target import Ids
from app.ui.tools.stroke import Guess


class SecondChoiceBrush(AcceptBrush):
    """Where the model confuses two classes, one stroke changes all to the other, each as it is."""

    id = "tool.second"
    name = "Second choice stroke"

    def taken(self, guess: Guess) -> Ids | None:
        """The runner-up of each pixel."""
        return guess.runner_up
