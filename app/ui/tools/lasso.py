"""Lasso: the area inside of a line drawn by hand."""

from __future__ import annotations

from app.ui.tools.closed_line import ClosedLineTool
from app.ui.tools.tool import Pointer, Preview


class Lasso(ClosedLineTool):
    """Drawn while the button is down; the end is joined to the beginning."""

    id = "tool.lasso"
    name = "Lasso"

    _points: tuple[tuple[float, float], ...] = ()
    _preview: Preview | None = None

    @property
    def preview(self) -> Preview | None:
        """The line drawn so far."""
        return self._preview

    @property
    def is_busy(self) -> bool:
        """True while the button is down, and until a large area is written."""
        return bool(self._points) or super().is_busy

    def press(self, pointer: Pointer) -> None:
        """Begin the line."""
        if not self.is_waiting:
            self._points = ((pointer.x, pointer.y),)

    def move(self, pointer: Pointer) -> None:
        """Go on with the line."""
        if self._points:
            self._points = (*self._points, (pointer.x, pointer.y))
            self._preview = Preview(line=self._points, is_closed=True)

    def release(self, pointer: Pointer) -> None:
        """Write what is inside."""
        points = self._points
        if points:
            self.cancel()
            self.write_inside(points, self.value(pointer))

    def cancel(self) -> None:
        """Forget the line."""
        super().cancel()
        self._points, self._preview = (), None
