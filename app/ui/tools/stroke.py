"""Base of tools that write while the button is down: what they lay is one edit at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.pixels.target import UNLABELLED, Ids, Mask, write
from app.ui.tools.tool import Pointer, Tool
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.document.edit import EditRecorder
    from app.document.layers import ImageLayers


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


class StrokeTool(Tool):
    """Subclasses begin a stroke, and lay stamps while it goes on."""

    _recorder: EditRecorder | None = None
    _value = UNLABELLED

    @property
    def is_busy(self) -> bool:
        """True during a stroke."""
        return self._recorder is not None or super().is_busy

    @property
    def stroke_name(self) -> str:
        """What the stroke of now is called in the history."""
        return tr("Eraser stroke") if self._value == UNLABELLED else tr(self.name)

    def begin(self, pointer: Pointer) -> bool:
        """Begin a stroke; False when there is no image, or a stroke in work."""
        if self._recorder is not None or self.session.image is None:
            return False
        self._recorder = self.session.editing.begin()
        self._value = self.value(pointer)
        return True

    def release(self, pointer: Pointer) -> None:
        """End the stroke: one edit."""
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self.session.editing.commit(recorder, self.stroke_name)

    def cancel(self) -> None:
        """Put back what the stroke has changed."""
        super().cancel()
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self.session.editing.cancel(recorder)

    def written(self, value: int, mask: Mask, guess: Guess) -> tuple[int | Ids, Mask]:
        """What to write, an id or ids, and where; arrays are of the stamped rectangle."""
        return value, mask

    def lay(self, stamp: Stamp) -> None:
        """Write a stamp now, within the image and the target."""
        image, recorder = self.session.image, self._recorder
        if image is None or recorder is None:
            return
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
