"""Lasso: the area inside of a line drawn by hand."""

from __future__ import annotations

from app.ui.tools.pixels.shapes import polygon
from app.ui.tools.tool import Pointer, Preview, Tool
from app.ui.translation import tr


class Lasso(Tool):
    """Drawn while the button is down; the end is joined to the beginning."""

    id = "tool.lasso"
    name = "Lasso"
    uses = ("target",)

    _points: tuple[tuple[float, float], ...] = ()
    _preview: Preview | None = None

    @property
    def preview(self) -> Preview | None:
        """The line drawn so far."""
        return self._preview

    @property
    def is_busy(self) -> bool:
        """True while the button is down."""
        return bool(self._points)

    def press(self, pointer: Pointer) -> None:
        """Begin the line."""
        self._points = ((pointer.x, pointer.y),)

    def move(self, pointer: Pointer) -> None:
        """Go on with the line."""
        if self._points:
            self._points = (*self._points, (pointer.x, pointer.y))
            self._preview = Preview(line=self._points, is_closed=True)

    def release(self, pointer: Pointer) -> None:
        """Write what is inside."""
        points = self._points
        self.cancel()
        if len(points) >= 3:
            stamp = polygon(points)
            self.write_once(tr(self.name), stamp.x, stamp.y, stamp.mask, self.value(pointer))

    def cancel(self) -> None:
        """Forget the line."""
        self._points, self._preview = (), None
