"""Base of tools that draw a closed line and write what is inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from app.ui.tools.pixels.shapes import Corner, polygon
from app.ui.tools.tool import Pointer, Tool


class ClosedLineTool(Tool):
    """Subclasses collect the points."""

    uses: tuple[str, ...] = ("target",)

    def write_inside(self, points: Sequence[Corner], value: int) -> None:
        """One edit; fewer than three points have no inside."""
        if len(points) < 3:
            return
        xs, ys = [x for x, _ in points], [y for _, y in points]
        size = math.ceil(max(xs) - min(xs)) * math.ceil(max(ys) - min(ys))
        self.write_shape(partial(polygon, tuple(points)), size, value)

    def is_near(self, point: Corner, pointer: Pointer, reach: float) -> bool:
        """Whether the pointer is within `reach` pixels of the screen: the same at every zoom."""
        return math.dist(point, (pointer.x, pointer.y)) * self.options.scale <= reach
