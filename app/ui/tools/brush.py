"""The brush and the eraser: a disc or square moved with the pointer."""

from __future__ import annotations

from app.ui.tools.pixels.stroke import segment
from app.ui.tools.pixels.target import UNLABELLED
from app.ui.tools.stroke import StrokeTool
from app.ui.tools.tool import Pointer, Pointing


class Brush(StrokeTool):
    """Sets the current class; with Shift in straight lines from the last point."""

    id = "tool.brush"
    name = "Brush stroke"
    pointing = Pointing.BRUSH
    uses = ("radius", "shape", "target")

    _last: tuple[int, int] | None = None

    def press(self, pointer: Pointer) -> None:
        """Begin a stroke; with Shift, join it to the end of the one before."""
        if self.begin(pointer):
            self._draw(self._last if pointer.shift and self._last else pointer.pixel, pointer)

    def move(self, pointer: Pointer) -> None:
        """Go on with the stroke."""
        if self._recorder is not None and self._last is not None and pointer.pixel != self._last:
            self._draw(self._last, pointer)

    def cancel(self) -> None:
        """Put back what the stroke has changed; the next one begins anywhere."""
        super().cancel()
        self._last = None

    def _draw(self, start: tuple[int, int], pointer: Pointer) -> None:
        end = self._last = pointer.pixel
        self.lay(segment(start, end, radius=self._radius(pointer), shape=self.options.shape))

    def _radius(self, pointer: Pointer) -> int:
        if not self.options.uses_pressure:
            return self.options.radius
        return round(self.options.radius * pointer.pressure)


class Eraser(Brush):
    """Takes the person's pixels away; the prediction counts there again."""

    id = "tool.eraser"
    name = "Eraser stroke"

    def value(self, pointer: Pointer) -> int:
        """Always UNLABELLED."""
        return UNLABELLED
