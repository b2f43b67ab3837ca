"""Where the image is on the widget: one scale, one offset, and the conversions between both."""

from __future__ import annotations

import math
from dataclasses import dataclass

MIN_SCALE = 1 / 256
MAX_SCALE = 64.0
KEPT_ON_SCREEN = 48.0


@dataclass(frozen=True)
class View:
    """Widget point = image point * `scale` + offset (`dx`, `dy`).

    Image points are floats at pixel edges: pixel (3, 5) covers 3..4, 5..6. Widget points are
    device-independent pixels.
    """

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """The image point under a widget point."""
        return (x - self.dx) / self.scale, (y - self.dy) / self.scale

    def to_widget(self, x: float, y: float) -> tuple[float, float]:
        """The widget point of an image point."""
        return x * self.scale + self.dx, y * self.scale + self.dy

    def panned(self, dx: float, dy: float) -> View:
        """The view moved by widget pixels."""
        return View(self.scale, self.dx + dx, self.dy + dy)

    def zoomed(self, factor: float, x: float, y: float) -> View:
        """The view magnified by `factor`; the image point under widget point x, y stays there."""
        return self.at_scale(self.scale * factor, x, y)

    def at_scale(self, scale: float, x: float, y: float) -> View:
        """The view at `scale` (limited); the image point under widget point x, y stays there."""
        scale = min(max(scale, MIN_SCALE), MAX_SCALE)
        image_x, image_y = self.to_image(x, y)
        return View(scale, x - image_x * scale, y - image_y * scale)

    def kept_on_screen(self, image: tuple[int, int], widget: tuple[int, int]) -> View:
        """The view moved so far that some of the image (width, height) is on the widget."""
        return View(
            self.scale,
            _limited(self.dx, image[0] * self.scale, widget[0]),
            _limited(self.dy, image[1] * self.scale, widget[1]),
        )

    def settled(self) -> View:
        """The view moved to the nearest 1/256 of a pixel, so that moving it adds no rounding."""
        return View(self.scale, round(self.dx * 256) / 256, round(self.dy * 256) / 256)

    def visible(self, image: tuple[int, int], widget: tuple[int, int]) -> tuple[int, int, int, int]:
        """The image pixels x0, y0, x1, y1 (end exclusive) that touch the widget."""
        left, top = self.to_image(0, 0)
        right, bottom = self.to_image(*widget)
        x0, y0 = max(0, math.floor(left)), max(0, math.floor(top))
        x1, y1 = min(image[0], math.ceil(right)), min(image[1], math.ceil(bottom))
        return x0, y0, max(x0, x1), max(y0, y1)


def fitted(image: tuple[int, int], widget: tuple[int, int], *, margin: int = 12) -> View:
    """The view that shows the whole image (width, height), centred; never magnified above 800 %."""
    width, height = max(1, image[0]), max(1, image[1])
    room = max(16, widget[0] - 2 * margin), max(16, widget[1] - 2 * margin)
    scale = min(max(min(room[0] / width, room[1] / height), MIN_SCALE), 8.0)
    return View(scale, (widget[0] - width * scale) / 2, (widget[1] - height * scale) / 2)


def centred_on(
    box: tuple[int, int, int, int], widget: tuple[int, int], *, share: float = 0.4
) -> View:
    """The view with the image box x0, y0, x1, y1 in the middle, on that share of the widget."""
    x0, y0, x1, y1 = box
    room = min(widget[0] / max(1, x1 - x0), widget[1] / max(1, y1 - y0))
    scale = min(max(share * room, MIN_SCALE), 16.0)
    return View(scale, widget[0] / 2 - (x0 + x1) / 2 * scale, widget[1] / 2 - (y0 + y1) / 2 * scale)


def _limited(offset: float, extent: float, room: float) -> float:
    kept = min(KEPT_ON_SCREEN, extent, room)
    return min(max(offset, kept - extent), room - kept)
