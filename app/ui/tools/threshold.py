"""Threshold: drag a box; its bright or dark pixels stay in view until Enter takes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.document.edit import Rect
from app.large_edits import AT_ONCE
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


@dataclass(frozen=True, eq=False)
class _Part:
    """The box inside of the image: where it is, its grey values, their histogram."""

    box: Rect
    grey: NDArray[np.uint8]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, image: NDArray[np.uint8], box: Rect) -> _Part:
        grey = grey_of(image[box.y : box.y + box.height, box.x : box.x + box.width])
        return cls(box, grey, histogram(grey))

    def stamp(self, rule: ThresholdRule) -> Stamp:
        level = rule.level if rule.cut is Cut.MANUAL else otsu_level(self.counts)
        return Stamp(self.box.x, self.box.y, cut(self.grey, rule, level=level))


class Threshold(AreaTool):
    """Enter, or a click into the box, writes; another drag begins another box.

    What is in a large box is looked at beside the GUI thread: its outline shows at once.
    """

    id = "tool.threshold"
    name = "Threshold"
    uses = ("threshold", "target")

    _part: _Part | None = None
    _is_chosen = False
    _is_wanted = False
    _rule: ThresholdRule | None = None

    @property
    def preview(self) -> Preview | None:
        """The box and the pixels that the rule of now takes in it."""
        if self._part is not None and self._rule != self.options.threshold and not self.is_waiting:
            self._mark(self._part)
        return self._preview

    @property
    def is_busy(self) -> bool:
        """True from the first corner until it is written or dropped."""
        return super().is_busy or self._is_chosen

    def press(self, pointer: Pointer) -> None:
        """Write, when pressed inside of the chosen box; else begin another box."""
        if self._is_chosen and self._part is not None and _is_inside(self._part.box, pointer):
            self.finish()
            return
        self.cancel()
        super().press(pointer)

    def move(self, pointer: Pointer) -> None:
        """Show the box, and what is in it."""
        before = self._end
        super().move(pointer)
        if self._start is not None and self._end is not None and self._end != before:
            self._look_into(self.box(self._start, self._end))

    def apply(self, start: Pixel, end: Pixel, pointer: Pointer) -> None:
        """Keep the box in view: the level may still be moved."""
        self._is_chosen = True
        self._look_into(self.box(start, end))

    def finish(self) -> None:
        """Write the pixels, as soon as the box is known."""
        part, rule, value = self._part, self.options.threshold, self.session.current_class
        self._is_wanted = self._is_chosen and part is None
        if self._is_chosen and part is not None:
            self.cancel()
            self.write_shape(partial(part.stamp, rule), part.grey.size, value)

    def cancel(self) -> None:
        """Forget the box."""
        super().cancel()
        self._part = self._rule = None
        self._is_chosen = self._is_wanted = False
        self.options.set_value("histogram", ())

    def _look_into(self, box: Rect | None) -> None:
        image = self.session.image
        self._part = self._rule = None
        self.drop()
        if image is None or box is None:
            self._is_chosen = False
            return
        self._preview = Preview(line=_outline(box), is_closed=True)
        if box.width * box.height <= AT_ONCE:
            self._take(_Part.of(image.rgb, box))
        else:
            self.find(lambda _is_dropped: _Part.of(image.rgb, box), self._take)

    def _take(self, part: _Part) -> None:
        self._part = part
        if self.options.threshold.cut is Cut.OTSU:
            self.options.set_level(otsu_level(part.counts))
        if self._is_wanted:
            self.finish()
            return
        self.options.set_value("histogram", tuple(part.counts.tolist()))
        self._mark(part)

    def _mark(self, part: _Part) -> None:
        """Tint what the rule of now takes."""
        rule = self._rule = self.options.threshold
        if part.grey.size <= AT_ONCE:
            self._tint(part.stamp(rule))
        else:
            self.find(lambda _is_dropped: part.stamp(rule), self._tint)

    def _tint(self, stamp: Stamp) -> None:
        if self._preview is not None:
            x, y, mask = stamp.x, stamp.y, stamp.mask
            self._preview = replace(self._preview, mask=mask, mask_x=x, mask_y=y)


def _outline(box: Rect) -> tuple[tuple[float, float], ...]:
    x0, y0, x1, y1 = box.x, box.y, box.x + box.width, box.y + box.height
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def _is_inside(box: Rect, pointer: Pointer) -> bool:
    return 0 <= pointer.x - box.x < box.width and 0 <= pointer.y - box.y < box.height
