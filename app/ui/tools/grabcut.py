"""GrabCut: drag a box around an object; it is cut out in the background and written."""

from __future__ import annotations

from functools import partial

from app.ui.tools.area import AreaTool, Pixel
from app.ui.tools.pixels.grabcut import cut_out
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.tool import Pointer, Preview
from app.ui.translation import tr


class GrabCut(AreaTool):
    """The box stays in view until the object is found; Esc drops it."""

    id = "tool.grabcut"
    name = "GrabCut"

    _awaited: object | None = None

    @property
    def is_busy(self) -> bool:
        """True from the first corner until the object is written."""
        return super().is_busy or self._awaited is not None

    def press(self, pointer: Pointer) -> None:
        """Begin a box, unless one is being worked on."""
        if self._awaited is None:
            super().press(pointer)

    def apply(self, start: Pixel, end: Pixel, pointer: Pointer) -> None:
        """Ask for the object in the box."""
        image = self.session.image
        if image is None:
            return
        height, width = image.layers.labels.shape
        x0, x1 = max(0, min(start[0], end[0])), min(width, max(start[0], end[0]) + 1)
        y0, y1 = max(0, min(start[1], end[1])), min(height, max(start[1], end[1]) + 1)
        if x1 - x0 < 3 or y1 - y0 < 3:
            return
        token = self._awaited = object()
        self._preview = Preview(line=self.outline(start, end), is_closed=True)
        self.background.run(
            partial(cut_out, image.rgb, (x0, y0, x1, y1)),
            partial(self._write, token, self.value(pointer)),
        )

    def cancel(self) -> None:
        """Forget the box, and the answer that may still come."""
        super().cancel()
        self._awaited = None

    def _write(self, token: object, value: int, stamp: Stamp) -> None:
        if token is self._awaited:
            self.cancel()
            self.write_once(tr(self.name), stamp.x, stamp.y, stamp.mask, value)
