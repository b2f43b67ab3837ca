"""Pick: paint with the class under the pointer from now on."""

from __future__ import annotations

from app.ui.tools.pixels.target import UNLABELLED
from app.ui.tools.tool import Pointer, Tool


class Pick(Tool):
    """Selects the class that is shown where one clicks."""

    id = "tool.pick"
    name = "Pick class"

    def press(self, pointer: Pointer) -> None:
        """Select the shown class."""
        class_id = self.shown_class(pointer)
        if class_id is not None:
            self.session.select_class(class_id)

    def shown_class(self, pointer: Pointer) -> int | None:
        """The class shown under the pointer: painted, else predicted, else None."""
        image = self.session.image
        if image is None:
            return None
        x, y = pointer.pixel
        height, width = image.layers.labels.shape
        if not (0 <= x < width and 0 <= y < height):
            return None
        class_id = int(image.layers.labels[y, x])
        if class_id == UNLABELLED and image.layers.prediction is not None:
            class_id = int(image.layers.prediction[y, x])
        return None if class_id == UNLABELLED else class_id
