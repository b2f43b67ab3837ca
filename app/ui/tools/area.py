"""Rectangle and ellipse: dragged from one corner to the other, one edit at the end."""

from __future__ import annotations

import math
from functools import partial

from app.document.edit import Rect
from app.ui.tools.pixels.shapes import ellipse, rectangle, squared
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.tool import Pointer, Preview, Tool

Pixel = tuple[int, int]


class AreaTool(Tool):
    """Base of tools that are dragged over a box; with Shift the box is square."""

    uses: tuple[str, ...] = ("target",)

    _start: Pixel | None = None
    _end: Pixel | None = None
    _preview: Preview | None = None

    @property
    def preview(self) -> Preview | None:
        """The outline of the area while it is dragged."""
        return self._preview

    @property
    def is_busy(self) -> bool:
        """True while the button is down, and until a large area is written."""
        return self._start is not None or super().is_busy

    def press(self, pointer: Pointer) -> None:
        """Set the first corner, unless another area is being worked on."""
        if not self.is_waiting:
            self._start = pointer.pixel
            self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        """Set the second corner."""
        if self._start is not None:
            self._end = squared(self._start, pointer.pixel) if pointer.shift else pointer.pixel
            self._preview = Preview(line=self.outline(self._start, self._end), is_closed=True)

    def release(self, pointer: Pointer) -> None:
        """Write the area."""
        if self._start is not None and self._end is not None:
            start, end = self._start, self._end
            self.cancel()
            self.apply(start, end, pointer)

    def cancel(self) -> None:
        """Forget the corners."""
        super().cancel()
        self._start = self._end = self._preview = None

    def apply(self, start: Pixel, end: Pixel, pointer: Pointer) -> None:
        """Make the edit of a finished box."""
        box = self.box(start, end)
        if box is not None:
            size = (abs(start[0] - end[0]) + 1) * (abs(start[1] - end[1]) + 1)
            self.write_shape(partial(self.area, start, end), size, self.value(pointer))

    def box(self, start: Pixel, end: Pixel) -> Rect | None:
        """The part of a box inside of the image; None when there is none."""
        image = self.session.image
        if image is None:
            return None
        height, width = image.layers.labels.shape
        x0, x1 = max(0, min(start[0], end[0])), min(width, max(start[0], end[0]) + 1)
        y0, y1 = max(0, min(start[1], end[1])), min(height, max(start[1], end[1]) + 1)
        return Rect(x0, y0, x1 - x0, y1 - y0) if x0 < x1 and y0 < y1 else None

    def area(self, start: Pixel, end: Pixel) -> Stamp:
        """The pixels of the area."""
        return rectangle(start, end)

    def outline(self, start: Pixel, end: Pixel) -> tuple[tuple[float, float], ...]:
        """The corners of its outline."""
        x0, x1 = sorted((start[0], end[0]))
        y0, y1 = sorted((start[1], end[1]))
        return ((x0, y0), (x1 + 1, y0), (x1 + 1, y1 + 1), (x0, y1 + 1))


class Rectangle(AreaTool):
    """All pixels of a box."""

    id = "tool.rectangle"
    name = "Rectangle"


class Ellipse(AreaTool):
    """The ellipse that fits into a box."""

    id = "tool.ellipse"
    name = "Ellipse"

    def area(self, start: Pixel, end: Pixel) -> Stamp:
        """The pixels of the ellipse."""
        return ellipse(start, end)

    def outline(self, start: Pixel, end: Pixel) -> tuple[tuple[float, float], ...]:
        """Points around the ellipse."""
        (x0, y0), _, (x1, y1), _ = super().outline(start, end)
        across, down = (x1 - x0) / 2, (y1 - y0) / 2
        turns = [2 * math.pi * n / 72 for n in range(72)]
        return tuple(
            (x0 + across + across * math.cos(t), y0 + down + down * math.sin(t)) for t in turns
        )
