"""Accept brush: what the model predicts under it becomes the person's own."""

from __future__ import annotations

from app.ui.tools.brush import Brush
from app.ui.tools.pixels.target import UNLABELLED, Ids, Mask
from app.ui.tools.stroke import Guess
from app.ui.tools.tool import Pointer


class AcceptBrush(Brush):
    """Like the brush, but it copies the prediction; without one it does nothing."""

    id = "tool.accept"
    name = "Accept stroke"

    def written(self, value: int, mask: Mask, guess: Guess) -> tuple[int | Ids, Mask]:
        """The ids of the model where there are any; the right button still erases."""
        if value == UNLABELLED:
            return value, mask
        ids = self.taken(guess)
        if ids is None:
            return value, mask & False
        return ids, mask & (ids != UNLABELLED)

    def taken(self, guess: Guess) -> Ids | None:
        """The ids that are copied."""
        return guess.prediction

    def value(self, pointer: Pointer) -> int:
        """Any id but UNLABELLED stands for the prediction."""
        return UNLABELLED if pointer.erases else 0
