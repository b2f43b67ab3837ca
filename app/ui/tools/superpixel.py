"""Superpixel brush: paints whole areas of like colour that the pointer touches."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.pixels.superpixels import BLOCK, superpixel_at, superpixels
from app.ui.tools.pixels.target import write
from app.ui.tools.tool import Pointer, Preview, Tool
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.document.edit import EditRecorder

Key = tuple[int, int, int, int]
STEP = 4


class SuperpixelBrush(Tool):
    """Superpixels are found block by block in the background, where the pointer is."""

    id = "tool.superpixel"
    name = "Superpixel stroke"
    uses = ("superpixel_size", "target")

    _recorder: EditRecorder | None = None
    _last: Pointer | None = None
    _value = 0
    _preview: Preview | None = None
    _blocks: dict[Key, Future[NDArray[np.int32]]] | None = None

    @property
    def preview(self) -> Preview | None:
        """The superpixel under the pointer."""
        return self._preview

    @property
    def is_busy(self) -> bool:
        """True during a stroke."""
        return self._recorder is not None

    def press(self, pointer: Pointer) -> None:
        """Begin a stroke."""
        if self.session.image is None or self.is_busy:
            return
        self._recorder = self.session.editing.begin()
        self._value = self.value(pointer)
        self._last = pointer
        self._paint(*pointer.pixel)

    def move(self, pointer: Pointer) -> None:
        """Paint what the pointer crosses; without a button, show what it would paint."""
        if self._recorder is not None:
            for x, y in self._way(pointer):
                self._paint(x, y)
            self._last = pointer
        else:
            self._show(*pointer.pixel)

    def release(self, pointer: Pointer) -> None:
        """End the stroke: one edit."""
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self.session.editing.commit(recorder, tr(self.name))

    def cancel(self) -> None:
        """Put back what the stroke has changed."""
        self._preview = None
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self.session.editing.cancel(recorder)

    def enter(self) -> None:
        """Begin with nothing known: another image may be on screen."""
        self._blocks = {}

    def _way(self, pointer: Pointer) -> Iterator[tuple[int, int]]:
        assert self._last is not None
        dx, dy = pointer.x - self._last.x, pointer.y - self._last.y
        steps = max(1, int(max(abs(dx), abs(dy)) // STEP))
        for n in range(1, steps + 1):
            yield int(self._last.x + dx * n / steps), int(self._last.y + dy * n / steps)

    def _paint(self, x: int, y: int) -> None:
        image, recorder = self.session.image, self._recorder
        # A click may come before the block is done: wait for it, a tenth of a second.
        stamp = self._superpixel(x, y, waits=True)
        if image is None or recorder is None or stamp is None:
            return
        height, width = stamp.mask.shape
        area = np.s_[stamp.y : stamp.y + height, stamp.x : stamp.x + width]
        recorder.touch(stamp.x, stamp.y, stamp.x + width, stamp.y + height)
        guess = None if image.layers.prediction is None else image.layers.prediction[area]
        write(image.layers.labels[area], guess, stamp.mask, self._value, self.options.target)
        self.session.editing.note_painted(stamp.x, stamp.y, width, height)

    def _show(self, x: int, y: int) -> None:
        stamp = self._superpixel(x, y, waits=False)
        self._preview = None
        if stamp is not None:
            self._preview = Preview(mask=stamp.mask, mask_x=stamp.x, mask_y=stamp.y)

    def _superpixel(self, x: int, y: int, *, waits: bool) -> Stamp | None:
        """The superpixel at a pixel, in image coordinates; None outside, or while not known."""
        image = self.session.image
        if image is None or self._blocks is None:
            return None
        height, width = image.layers.labels.shape
        if not (0 <= x < width and 0 <= y < height):
            return None
        left, top = x - x % BLOCK, y - y % BLOCK
        key = (image.item.id, left, top, self.options.superpixel_size)
        if key not in self._blocks:
            block = image.rgb[top : top + BLOCK, left : left + BLOCK]
            work = partial(superpixels, block, self.options.superpixel_size)
            self._blocks[key] = self.background.run(work, lambda _numbers: None)
        future = self._blocks[key]
        if not waits and not future.done():
            return None
        found = superpixel_at(future.result(), x - left, y - top)
        return Stamp(found.x + left, found.y + top, found.mask)
