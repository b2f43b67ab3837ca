"""Magic wand: a connected area of like colour; dragging sideways changes the tolerance."""

from __future__ import annotations

from app.ui.tools.pixels.region import area_of_colour
from app.ui.tools.tool import Pointer, Preview, Tool
from app.ui.translation import tr

TOLERANCE_PER_PIXEL = 0.35


class Wand(Tool):
    """Grows from where the button went down, within what is on screen; one edit at the end."""

    id = "tool.wand"
    name = "Magic wand"
    uses = ("tolerance", "target")

    _seed: tuple[int, int] | None = None
    _origin = 0.0
    _tolerance = 0
    _grown_from = 20
    _preview: Preview | None = None

    @property
    def preview(self) -> Preview | None:
        """The area at the tolerance of now."""
        return self._preview

    @property
    def is_busy(self) -> bool:
        """True while the button is down."""
        return self._seed is not None

    def press(self, pointer: Pointer) -> None:
        """Set the seed."""
        image = self.session.image
        x0, y0, x1, y1 = self.options.visible
        x, y = pointer.pixel
        if image is None or not (x0 <= x < x1 and y0 <= y < y1):
            return
        self._seed, self._origin = (x, y), pointer.x
        self._grown_from = self.options.tolerance
        self._grow(self._grown_from)

    def move(self, pointer: Pointer) -> None:
        """Right: more tolerant; left: less."""
        if self._seed is not None:
            drag = (pointer.x - self._origin) * self.options.scale
            tolerance = min(max(round(self._grown_from + drag * TOLERANCE_PER_PIXEL), 0), 255)
            if tolerance != self._tolerance:
                self._grow(tolerance)

    def release(self, pointer: Pointer) -> None:
        """Write the area; the tolerance stays for the next time."""
        found = self._preview
        tolerance = self._tolerance
        is_pressed = self._seed is not None
        self.cancel()
        if is_pressed and found is not None and found.mask is not None:
            self.options.set_value("tolerance", tolerance)
            value = self.value(pointer)
            self.write_once(tr(self.name), found.mask_x, found.mask_y, found.mask, value)

    def cancel(self) -> None:
        """Forget the area."""
        self._seed = self._preview = None

    def _grow(self, tolerance: int) -> None:
        image = self.session.image
        if image is None or self._seed is None:
            return
        self._tolerance = tolerance
        x0, y0, x1, y1 = self.options.visible
        seen = image.rgb[y0:y1, x0:x1]
        x, y = self._seed[0] - x0, self._seed[1] - y0
        left, top, mask = area_of_colour(seen, x, y, tolerance=tolerance)
        self._preview = Preview(mask=mask, mask_x=left + x0, mask_y=top + y0)
