"""Accept brush: what the model predicts under it becomes the person's own."""

from __future__ import annotations

from app.ui.tools.brush import Brush
from app.ui.tools.pixels.target import UNLABELLED, Ids, Mask
from app.ui.tools.tool import Pointer


class AcceptBrush(Brush):
    """Like the brush, but it copies the prediction; without one it does nothing."""

    id = "tool.accept"
    name = "Accept stroke"

    def written(self, value: int, mask: Mask, prediction: Ids | None) -> tuple[int | Ids, Mask]:
        """The predicted ids where there are any; the right button still erases."""
        if value == UNLABELLED:
            return value, mask
        if prediction is None:
            return value, mask & False
        return prediction, mask & (prediction != UNLABELLED)

    def value(self, pointer: Pointer) -> int:
        """Any id but UNLABELLED stands for the prediction."""
        return UNLABELLED if pointer.erases else 0
