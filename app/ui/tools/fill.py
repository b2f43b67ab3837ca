"""Fill: a whole connected area of one shown class gets the current class."""

from __future__ import annotations

from app.ui.tools.pixels.region import area_of_id
from app.ui.tools.tool import Pointer, Tool
from app.ui.translation import tr


class Fill(Tool):
    """One click, one edit; the area is that of the shown class, painted or predicted."""

    id = "tool.fill"
    name = "Fill"
    uses = ("target",)

    def press(self, pointer: Pointer) -> None:
        """Fill the area under the pointer."""
        image = self.session.image
        if image is None:
            return
        x, y = pointer.pixel
        height, width = image.layers.labels.shape
        if not (0 <= x < width and 0 <= y < height):
            return
        left, top, mask = area_of_id(image.layers.composite(), x, y)
        self.write_once(tr(self.name), left, top, mask, self.value(pointer))
