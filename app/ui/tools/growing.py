"""Fill and magic wand: the area around a pixel; dragging sideways changes the tolerance."""

from __future__ import annotations

from functools import partial

from app.document.edit import Rect
from app.large_edits import AT_ONCE
from app.ui.tools.pixels.region import Likeness, both, connected, like_class, like_colour
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.tool import Pointer, Preview, Tool

TOLERANCE_PER_PIXEL = 0.35


class GrowingTool(Tool):
    """Base: grows while the button is down, one edit at the end.

    An area that fits a frame is found at once, at any size of the image; a larger one is found
    beside the GUI thread, and written when it is known.
    """

    tolerance_option = ""
    least_tolerance = 0

    _seed: tuple[int, int] | None = None
    _origin = 0.0
    _tolerance = 0
    _grown_from = 0
    _area: Stamp | None = None
    _preview: Preview | None = None
    _value: int | None = None

    @property
    def preview(self) -> Preview | None:
        """The area at the tolerance of now."""
        return self._preview

    @property
    def is_busy(self) -> bool:
        """True from the press until the area is written."""
        return self._seed is not None or super().is_busy

    def press(self, pointer: Pointer) -> None:
        """Set the seed."""
        bounds = self.bounds()
        x, y = pointer.pixel
        is_inside = 0 <= x - bounds.x < bounds.width and 0 <= y - bounds.y < bounds.height
        if is_inside and not self.is_busy:
            self._seed, self._origin, self._value = (x, y), pointer.x, None
            self._grown_from = getattr(self.options, self.tolerance_option)
            self._grow(self._grown_from)

    def move(self, pointer: Pointer) -> None:
        """Right: more tolerant; left: less."""
        is_held = self._seed is not None and self._value is None
        if is_held and self._grown_from >= self.least_tolerance:
            drag = (pointer.x - self._origin) * self.options.scale
            wished = round(self._grown_from + drag * TOLERANCE_PER_PIXEL)
            tolerance = min(max(wished, self.least_tolerance), 255)
            if tolerance != self._tolerance:
                self._grow(tolerance)

    def release(self, pointer: Pointer) -> None:
        """Write the area, as soon as it is known; the tolerance stays for the next time."""
        if self._seed is not None and self._value is None:
            self._value = self.value(pointer)
            self.options.set_value(self.tolerance_option, self._tolerance)
            self._write_when_known()

    def cancel(self) -> None:
        """Forget the area."""
        super().cancel()
        self._seed = self._area = self._preview = self._value = None

    def bounds(self) -> Rect:
        """The box that the area stays in."""
        raise NotImplementedError

    def likeness(self, x: int, y: int, tolerance: int) -> Likeness:
        """What belongs to the area of a pixel."""
        raise NotImplementedError

    def _grow(self, tolerance: int) -> None:
        if self._seed is None:
            return
        self._tolerance, self._area = tolerance, None
        grown = partial(
            connected, self.likeness(*self._seed, tolerance), *self._seed, self.bounds()
        )
        area = grown(most=AT_ONCE)
        if area is not None:
            self.drop()
            self._show(area)
        else:
            self.find(lambda is_dropped: grown(is_dropped=is_dropped), self._show)

    def _show(self, area: Stamp) -> None:
        self._area = area
        self._preview = Preview(mask=area.mask, mask_x=area.x, mask_y=area.y)
        self._write_when_known()

    def _write_when_known(self) -> None:
        area, value = self._area, self._value
        if area is not None and value is not None:
            self.cancel()
            self.write_stamp(area, value)


class Wand(GrowingTool):
    """An area of like colour, within what is on screen."""

    id = "tool.wand"
    name = "Magic wand"
    uses = ("tolerance", "target")
    tolerance_option = "tolerance"

    def bounds(self) -> Rect:
        """What is on screen."""
        x0, y0, x1, y1 = self.options.visible
        return Rect(x0, y0, x1 - x0, y1 - y0) if self.session.image is not None else NOTHING

    def likeness(self, x: int, y: int, tolerance: int) -> Likeness:
        """The colour of the seed."""
        assert self.session.image is not None
        return like_colour(self.session.image.rgb, x, y, tolerance=tolerance)


class Fill(GrowingTool):
    """An area of one shown class, painted or predicted; with a tolerance, of like colour too.

    A tolerance of 0 means any colour, and dragging does not change that.
    """

    id = "tool.fill"
    name = "Fill"
    uses = ("fill_tolerance", "target")
    tolerance_option = "fill_tolerance"
    least_tolerance = 1

    def bounds(self) -> Rect:
        """The whole image."""
        if self.session.image is None:
            return NOTHING
        height, width = self.session.image.layers.labels.shape
        return Rect(0, 0, width, height)

    def likeness(self, x: int, y: int, tolerance: int) -> Likeness:
        """The class shown at the seed; and its colour, where that counts."""
        image = self.session.image
        assert image is not None
        shown = like_class(image.layers.labels, image.layers.prediction, x, y)
        if tolerance == 0:
            return shown
        return both(shown, like_colour(image.rgb, x, y, tolerance=tolerance))


NOTHING = Rect(0, 0, 0, 0)
