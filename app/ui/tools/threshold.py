"""Threshold: drag a box; its bright or dark pixels stay in view until Enter takes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.ui.tools.area import AreaTool, Pixel
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.pixels.threshold import (
    Cut,
    ThresholdRule,
    cut,
    grey_of,
    histogram,
    otsu_level,
)
from app.ui.tools.tool import Pointer, Preview
from app.ui.translation import tr

MOST_SEEN = 4_000_000
"""A larger part is not tinted while it is chosen: the outline shows it."""


@dataclass(frozen=True, eq=False)
class _Part:
    """The box inside of the image: its upper left pixel, grey values, histogram."""

    x: int
    y: int
    grey: NDArray[np.uint8]
    counts: NDArray[np.int64]

    def level(self, rule: ThresholdRule) -> int:
        return rule.level if rule.cut is Cut.MANUAL else otsu_level(self.counts)

    def stamp(self, rule: ThresholdRule) -> Stamp:
        return Stamp(self.x, self.y, cut(self.grey, rule, level=self.level(rule)))


class Threshold(AreaTool):
    """Enter, or a click into the box, writes; another drag begins another box."""

    id = "tool.threshold"
    name = "Threshold"
    uses = ("threshold", "target")

    _part: _Part | None = None
    _is_chosen = False
    _seen: tuple[_Part, ThresholdRule] | None = None
    _awaited: object | None = None

    @property
    def preview(self) -> Preview | None:
        """The box and the pixels that the rule of now takes in it."""
        part, rule = self._part, self.options.threshold
        if part is not None and self._seen != (part, rule):
            self._seen = (part, rule)
            mask = cut(part.grey, rule, level=part.level(rule))
            is_small = mask.size <= MOST_SEEN
            self._preview = Preview(
                line=_outline(part),
                is_closed=True,
                mask=mask if is_small else None,
                mask_x=part.x,
                mask_y=part.y,
            )
        return self._preview

    @property
    def is_busy(self) -> bool:
        """True from the first corner until it is written or dropped."""
        return super().is_busy or self._is_chosen

    def press(self, pointer: Pointer) -> None:
        """Write, when pressed inside of the chosen box; else begin another box."""
        if self._is_chosen and self._part is not None and _is_inside(self._part, pointer):
            self.finish()
            return
        self.cancel()
        super().press(pointer)

    def move(self, pointer: Pointer) -> None:
        """Show the box, and what is in it."""
        super().move(pointer)
        if self._start is not None and self._end is not None:
            self._take(self._start, self._end)

    def apply(self, start: Pixel, end: Pixel, pointer: Pointer) -> None:
        """Keep the box in view: the level may still be moved."""
        self._take(start, end)
        self._is_chosen = self._part is not None

    def finish(self) -> None:
        """Write the pixels."""
        part, value = self._part, self.session.current_class
        if not self._is_chosen or part is None or self._awaited is not None:
            return
        token = self._awaited = object()
        self.background.run(
            partial(part.stamp, self.options.threshold), partial(self._write, token, value)
        )

    def cancel(self) -> None:
        """Forget the box."""
        super().cancel()
        self._part = self._seen = self._awaited = None
        self._is_chosen = False
        self.options.set_value("histogram", ())

    def _take(self, start: Pixel, end: Pixel) -> None:
        image = self.session.image
        if image is None:
            return
        height, width = image.rgb.shape[:2]
        x0, x1 = max(0, min(start[0], end[0])), min(width, max(start[0], end[0]) + 1)
        y0, y1 = max(0, min(start[1], end[1])), min(height, max(start[1], end[1]) + 1)
        if x0 >= x1 or y0 >= y1:
            self._part = None
            return
        grey = grey_of(image.rgb[y0:y1, x0:x1])
        self._part = _Part(x0, y0, grey, histogram(grey))
        if self.options.threshold.cut is Cut.OTSU:
            self.options.set_level(otsu_level(self._part.counts))
        self.options.set_value("histogram", tuple(self._part.counts.tolist()))

    def _write(self, token: object, value: int, stamp: Stamp) -> None:
        if token is self._awaited:
            self.cancel()
            self.write_once(tr(self.name), stamp.x, stamp.y, stamp.mask, value)


def _outline(part: _Part) -> tuple[tuple[float, float], ...]:
    height, width = part.grey.shape
    x0, y0, x1, y1 = part.x, part.y, part.x + width, part.y + height
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def _is_inside(part: _Part, pointer: Pointer) -> bool:
    height, width = part.grey.shape
    return 0 <= pointer.x - part.x < width and 0 <= pointer.y - part.y < height
