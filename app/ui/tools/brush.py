"""The brush and the eraser: a stroke is one edit, drawn while the button is down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.ui.tools.background import Background
from app.ui.tools.options import ToolOptions
from app.ui.tools.pixels.stroke import segment
from app.ui.tools.pixels.target import UNLABELLED, Ids, Mask, write
from app.ui.tools.tool import Pointer, Pointing, Tool
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.document.edit import EditRecorder
    from app.document.layers import ImageLayers
    from app.session import Session


@dataclass(frozen=True, eq=False)
class Guess:
    """What the model says in a rectangle, where it has said anything: (h, w) uint8 each."""

    prediction: Ids | None
    runner_up: Ids | None

    @classmethod
    def of(cls, layers: ImageLayers, box: tuple[slice, slice]) -> Guess:
        """The parts of an image's layers."""
        parts = (layers.prediction, layers.runner_up)
        return cls(*(None if part is None else part[box] for part in parts))


class Brush(Tool):
    """Sets the current class; with Shift in straight lines from the last point."""

    id = "tool.brush"
    name = "Brush stroke"
    pointing = Pointing.BRUSH
    uses = ("radius", "shape", "target")

    def __init__(self, session: Session, options: ToolOptions, background: Background) -> None:
        super().__init__(session, options, background)
        self._recorder: EditRecorder | None = None
        self._last: tuple[int, int] | None = None
        self._value = UNLABELLED
        self._name = self.name

    @property
    def is_busy(self) -> bool:
        """True during a stroke."""
        return self._recorder is not None

    def press(self, pointer: Pointer) -> None:
        """Begin a stroke; with Shift, join it to the end of the one before."""
        if self.is_busy or self.session.image is None:
            return
        self._recorder = self.session.editing.begin()
        self._value = self.value(pointer)
        self._name = tr("Eraser stroke") if self._value == UNLABELLED else tr(self.name)
        start = self._last if pointer.shift and self._last is not None else pointer.pixel
        self._draw(start, pointer)

    def move(self, pointer: Pointer) -> None:
        """Go on with the stroke."""
        if self.is_busy and self._last is not None and pointer.pixel != self._last:
            self._draw(self._last, pointer)

    def release(self, pointer: Pointer) -> None:
        """End the stroke: one edit."""
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self.session.editing.commit(recorder, self._name)

    def cancel(self) -> None:
        """Put back what the stroke has changed."""
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self.session.editing.cancel(recorder)
        self._last = None

    def written(self, value: int, mask: Mask, guess: Guess) -> tuple[int | Ids, Mask]:
        """What to write, an id or ids, and where; arrays are of the stamped rectangle."""
        return value, mask

    def _radius(self, pointer: Pointer) -> int:
        if not self.options.uses_pressure:
            return self.options.radius
        return round(self.options.radius * pointer.pressure)

    def _draw(self, start: tuple[int, int], pointer: Pointer) -> None:
        image, recorder = self.session.image, self._recorder
        if image is None or recorder is None:
            return
        end = self._last = pointer.pixel
        stamp = segment(start, end, radius=self._radius(pointer), shape=self.options.shape)
        labels = image.layers.labels
        x0, y0 = max(0, stamp.x), max(0, stamp.y)
        x1 = min(labels.shape[1], stamp.x + stamp.mask.shape[1])
        y1 = min(labels.shape[0], stamp.y + stamp.mask.shape[0])
        if x0 >= x1 or y0 >= y1:
            return
        recorder.touch(x0, y0, x1, y1)
        guess = Guess.of(image.layers, np.s_[y0:y1, x0:x1])
        mask = stamp.mask[y0 - stamp.y : y1 - stamp.y, x0 - stamp.x : x1 - stamp.x]
        value, mask = self.written(self._value, mask, guess)
        write(labels[y0:y1, x0:x1], guess.prediction, mask, value, self.options.target)
        self.session.editing.note_painted(x0, y0, x1 - x0, y1 - y0)


class Eraser(Brush):
    """Takes the person's pixels away; the prediction counts there again."""

    id = "tool.eraser"
    name = "Eraser stroke"

    def value(self, pointer: Pointer) -> int:
        """Always UNLABELLED."""
        return UNLABELLED
