"""GrabCut: drag a box around an object; it is cut out in the background and written."""

from __future__ import annotations

from functools import partial

from app.ui.tools.area import AreaTool, Pixel
from app.ui.tools.pixels.grabcut import cut_out
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.tool import Pointer, Preview


class GrabCut(AreaTool):
    """The box stays in view until the object is found; Esc drops it."""

    id = "tool.grabcut"
    name = "GrabCut"

    def apply(self, start: Pixel, end: Pixel, pointer: Pointer) -> None:
        """Ask for the object in the box."""
        image, box = self.session.image, self.box(start, end)
        if image is None or box is None or box.width < 3 or box.height < 3:
            return
        value, corners = self.value(pointer), (box.x, box.y, box.x + box.width, box.y + box.height)
        self._preview = Preview(line=self.outline(start, end), is_closed=True)

        def write(stamp: Stamp) -> None:
            self.cancel()
            self.write_stamp(stamp, value)

        self.find(partial(cut_out, image.rgb, corners), write)
