"""Superpixel brush: paints whole areas of like colour that the pointer touches."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.ui.tools.background import Background
from app.ui.tools.options import ToolOptions
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.pixels.superpixels import BLOCK, superpixel_at, superpixels
from app.ui.tools.stroke import StrokeTool
from app.ui.tools.tool import Pointer, Preview

if TYPE_CHECKING:
    from app.session import Session

Key = tuple[int, int, int, int]
Pixel = tuple[int, int]
Block = Future[NDArray[np.int32]]
STEP = 4
MOST_BLOCKS = 200
"""A quarter of a megabyte each; those used last are kept."""


class SuperpixelBrush(StrokeTool):
    """Superpixels are found block by block in the background, where the pointer is.

    What the pointer crosses before its block is known is painted when it is; the stroke ends then.
    """

    id = "tool.superpixel"
    name = "Superpixel stroke"
    uses = ("superpixel_size", "target")

    _last: Pointer | None = None
    _pointed_at: Pixel | None = None
    _preview: Preview | None = None
    _is_ending = False

    def __init__(self, session: Session, options: ToolOptions, background: Background) -> None:
        super().__init__(session, options, background)
        self._blocks: OrderedDict[Key, Block] = OrderedDict()
        self._waiting: list[Pixel] = []

    @property
    def preview(self) -> Preview | None:
        """The superpixel under the pointer."""
        return self._preview

    @property
    def is_waiting(self) -> bool:
        """True after the button went up, while there is something left to paint."""
        return self._is_ending

    def press(self, pointer: Pointer) -> None:
        """Begin a stroke."""
        if self.begin(pointer):
            self._last = pointer
            self._paint(pointer.pixel)

    def move(self, pointer: Pointer) -> None:
        """Paint what the pointer crosses; without a button, show what it would paint."""
        if self._recorder is None:
            self._show(pointer.pixel)
        elif not self._is_ending:
            for pixel in self._way(pointer):
                self._paint(pixel)
            self._last = pointer

    def release(self, pointer: Pointer) -> None:
        """End the stroke: one edit, when all of it is painted."""
        if self._recorder is not None:
            self._is_ending = bool(self._waiting)
            if not self._is_ending:
                super().release(pointer)

    def cancel(self) -> None:
        """Put back what the stroke has changed."""
        self._preview = self._pointed_at = None
        self._is_ending = False
        self._waiting.clear()
        super().cancel()

    def enter(self) -> None:
        """Begin with nothing known: another image may be on screen."""
        self._blocks.clear()

    def _way(self, pointer: Pointer) -> Iterator[Pixel]:
        assert self._last is not None
        dx, dy = pointer.x - self._last.x, pointer.y - self._last.y
        steps = max(1, int(max(abs(dx), abs(dy)) // STEP))
        for n in range(1, steps + 1):
            yield int(self._last.x + dx * n / steps), int(self._last.y + dy * n / steps)

    def _paint(self, pixel: Pixel) -> None:
        block = self._block(pixel)
        if block is not None and block.done():
            self.lay(_superpixel(block, pixel))
        elif block is not None and pixel not in self._waiting:
            self._waiting.append(pixel)

    def _show(self, pixel: Pixel) -> None:
        self._pointed_at = pixel
        block = self._block(pixel)
        self._preview = None
        if block is not None and block.done():
            stamp = _superpixel(block, pixel)
            self._preview = Preview(mask=stamp.mask, mask_x=stamp.x, mask_y=stamp.y)

    def _block(self, pixel: Pixel) -> Block | None:
        """The superpixels of the block of a pixel, known or asked for; None outside."""
        image, (x, y) = self.session.image, pixel
        if image is None:
            return None
        height, width = image.layers.labels.shape
        if not (0 <= x < width and 0 <= y < height):
            return None
        left, top = x - x % BLOCK, y - y % BLOCK
        key = (image.item.id, left, top, self.options.superpixel_size)
        if key not in self._blocks:
            part = image.rgb[top : top + BLOCK, left : left + BLOCK]
            work = partial(superpixels, part, self.options.superpixel_size)
            self._blocks[key] = self.background.run(work, lambda _numbers: self._catch_up())
            if len(self._blocks) > MOST_BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(key)
        return self._blocks[key]

    def _catch_up(self) -> None:
        """Paint or show what was waiting for a block."""
        if self._recorder is None and self._pointed_at is not None:
            self._show(self._pointed_at)
        waiting, self._waiting = self._waiting, []
        for pixel in waiting:
            self._paint(pixel)
        if self._is_ending and not self._waiting and self._last is not None:
            self._is_ending = False
            super().release(self._last)


def _superpixel(block: Block, pixel: Pixel) -> Stamp:
    """The superpixel at a pixel, in image coordinates."""
    x, y = pixel
    found = superpixel_at(block.result(), x % BLOCK, y % BLOCK)
    return Stamp(found.x + x - x % BLOCK, found.y + y - y % BLOCK, found.mask)
