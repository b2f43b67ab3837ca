"""Threshold: drag a box; its bright (or dark) pixels get the class, seen while dragging."""

from __future__ import annotations

import numpy as np

from app.ui.tools.area import AreaTool, Pixel
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.pixels.threshold import split
from app.ui.tools.tool import Pointer, Preview


class Threshold(AreaTool):
    """Otsu's threshold of the box; the options say which side of it is taken."""

    id = "tool.threshold"
    name = "Threshold"
    uses = ("takes_dark", "target")

    def move(self, pointer: Pointer) -> None:
        """Show the box and the pixels in it."""
        super().move(pointer)
        if self._start is not None and self._end is not None:
            stamp = self.area(self._start, self._end)
            self._preview = Preview(
                line=self.outline(self._start, self._end),
                is_closed=True,
                mask=stamp.mask,
                mask_x=stamp.x,
                mask_y=stamp.y,
            )

    def area(self, start: Pixel, end: Pixel) -> Stamp:
        """The pixels on the wanted side of the threshold."""
        box = super().area(start, end)
        image = self.session.image
        if image is None:
            return box
        height, width = image.rgb.shape[:2]
        x0, y0 = min(max(0, box.x), width), min(max(0, box.y), height)
        x1 = min(width, max(x0, box.x + box.mask.shape[1]))
        y1 = min(height, max(y0, box.y + box.mask.shape[0]))
        if x0 >= x1 or y0 >= y1:
            return Stamp(box.x, box.y, np.zeros((1, 1), np.bool_))
        part = image.rgb[y0:y1, x0:x1]
        return Stamp(x0, y0, split(part, takes_dark=self.options.takes_dark))
