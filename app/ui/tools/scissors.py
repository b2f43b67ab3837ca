"""Scissors: click along an object, the line keeps to its edge; closed, the inside is filled."""

from __future__ import annotations

from app.ui.tools.closed_line import ClosedLineTool
from app.ui.tools.pixels.scissors import EdgePaths
from app.ui.tools.tool import Pointer, Preview

REACH = 8.0
Line = tuple[tuple[float, float], ...]


class Scissors(ClosedLineTool):
    """Enter, a double-click, or a click on the first point fills.

    Backspace takes the last piece back.
    """

    id = "tool.scissors"
    name = "Scissors"

    _paths: EdgePaths | None = None
    _pieces: tuple[Line, ...] = ()
    _live: Line = ()
    _preview: Preview | None = None

    @property
    def preview(self) -> Preview | None:
        """The line so far, the live piece, and the points that were clicked."""
        return self._preview

    @property
    def is_busy(self) -> bool:
        """True from the first click on."""
        return self._paths is not None or super().is_busy

    def press(self, pointer: Pointer) -> None:
        """Fix the live piece and go on from there; on the first point, close the line."""
        image = self.session.image
        if image is None or self.is_waiting:
            return
        height, width = image.rgb.shape[:2]
        x = min(max(pointer.pixel[0], 0), width - 1)
        y = min(max(pointer.pixel[1], 0), height - 1)
        if self._paths is None:
            self._pieces = (((x + 0.5, y + 0.5),),)
        else:
            self.move(pointer)
            self._pieces = (*self._pieces, self._live)
            closes = pointer.is_double or self.is_near(self._pieces[0][0], pointer, REACH)
            if len(self._pieces) > 2 and closes:
                self.finish()
                return
        self._paths = EdgePaths(image.rgb, x, y)
        self._live = ()
        self._show()

    def move(self, pointer: Pointer) -> None:
        """Lay the live piece along the edge."""
        if self._paths is not None:
            self._live = tuple(self._paths.path_to(*pointer.pixel))
            self._show()

    def finish(self) -> None:
        """Fill the inside."""
        line = [point for piece in self._pieces for point in piece]
        if line:
            self.cancel()
            self.write_inside(line, self.session.current_class)

    def step_back(self) -> None:
        """Go on from the point before the last one."""
        image = self.session.image
        if image is None or len(self._pieces) < 2:
            self.cancel()
            return
        self._pieces = self._pieces[:-1]
        x, y = self._pieces[-1][-1]
        self._paths = EdgePaths(image.rgb, int(x), int(y))
        self._live = ()
        self._show()

    def cancel(self) -> None:
        """Forget the line."""
        super().cancel()
        self._paths = self._preview = None
        self._pieces, self._live = (), ()

    def _show(self) -> None:
        fixed = tuple(point for piece in self._pieces for point in piece)
        points = tuple(piece[-1] for piece in self._pieces)
        self._preview = Preview(line=(*fixed, *self._live), handles=points)
