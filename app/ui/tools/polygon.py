"""Polygon: corners by clicks, or laid while dragging; they can be moved until Enter."""

from __future__ import annotations

from app.ui.tools.closed_line import ClosedLineTool
from app.ui.tools.tool import Pointer, Preview

REACH = 7.0
LAID_EVERY = 14.0


class Polygon(ClosedLineTool):
    """Enter, a double-click, or a click on the first corner fills it.

    Backspace takes the last corner back.
    """

    id = "tool.polygon"
    name = "Polygon"

    _corners: tuple[tuple[float, float], ...] = ()
    _held: int | None = None
    _is_laying = False
    _at: tuple[float, float] | None = None
    _preview: Preview | None = None

    @property
    def preview(self) -> Preview | None:
        """The corners, and the line to the pointer."""
        return self._preview

    @property
    def is_busy(self) -> bool:
        """True from the first corner on."""
        return bool(self._corners) or super().is_busy

    def press(self, pointer: Pointer) -> None:
        """Take hold of a corner, close at the first one or by a double-click, or add a corner."""
        if self.is_waiting:
            return
        met = self._corner_at(pointer)
        if (met == 0 or pointer.is_double) and len(self._corners) >= 3:
            self.finish()
            return
        if met is not None:
            self._held = met
            return
        self._corners = (*self._corners, (pointer.x, pointer.y))
        self._is_laying = True
        self._show(pointer)

    def move(self, pointer: Pointer) -> None:
        """Move the corner in hand, or lay corners along the way."""
        here = (pointer.x, pointer.y)
        if self._held is not None:
            moved = list(self._corners)
            moved[self._held] = here
            self._corners = tuple(moved)
        elif self._is_laying and not self.is_near(self._corners[-1], pointer, LAID_EVERY):
            self._corners = (*self._corners, here)
        if self._corners:
            self._show(pointer)

    def release(self, pointer: Pointer) -> None:
        """Let go of the corner."""
        self._held, self._is_laying = None, False

    def finish(self) -> None:
        """Write what is inside."""
        corners = self._corners
        if corners:
            self.cancel()
            self.write_inside(corners, self.session.current_class)

    def step_back(self) -> None:
        """Take the last corner back."""
        self._corners = self._corners[:-1]
        self._preview = self._drawn() if self._corners else None

    def cancel(self) -> None:
        """Forget the corners."""
        super().cancel()
        self._corners, self._held, self._is_laying = (), None, False
        self._at = self._preview = None

    def _show(self, pointer: Pointer) -> None:
        self._at = (pointer.x, pointer.y)
        self._preview = self._drawn()

    def _drawn(self) -> Preview:
        loose = (self._at,) if self._held is None and self._at is not None else ()
        return Preview(line=(*self._corners, *loose), is_closed=True, handles=self._corners)

    def _corner_at(self, pointer: Pointer) -> int | None:
        near = [n for n, c in enumerate(self._corners) if self.is_near(c, pointer, REACH)]
        return near[0] if near else None
