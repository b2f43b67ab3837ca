"""The engine's own copies of labels, kept up to date by the edits that it is told."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.document.edit import apply_edit, revert_edit
from app.document.layers import blank_labels
from app.engine.requests import AnswerStroke, BlankLabels

_KEPT_PIXELS = 100_000_000

Labels = NDArray[np.uint8]


class StepMissed(Exception):
    """A step does not follow the last one that was told: the whole labels are needed."""


@dataclass(eq=False)
class _Copy:
    labels: Labels
    number: int


class LabelCopies:
    """Labels of the images painted last, by key. One thread owns it."""

    def __init__(self) -> None:
        self._copies: OrderedDict[str, _Copy] = OrderedDict()

    def follow(self, request: AnswerStroke) -> Labels:
        """The (H, W) uint8 labels after the request's steps; valid until the next call.

        Raises `StepMissed`, and then knows nothing of that image.
        """
        key = request.image.key
        try:
            copy = self._start(request)
            for step in request.steps:
                change = revert_edit if step.is_undone else apply_edit
                change(copy.labels, step.edit)
        except Exception:
            self._copies.pop(key, None)
            raise
        copy.number = request.number
        self._copies[key] = copy
        self._copies.move_to_end(key)
        while len(self._copies) > 1 and self._pixels() > _KEPT_PIXELS:
            self._copies.popitem(last=False)
        return copy.labels

    def _start(self, request: AnswerStroke) -> _Copy:
        if isinstance(request.labels, BlankLabels):
            return _Copy(blank_labels(request.labels.size), 0)
        if request.labels is not None:
            # A frozen array is another's to keep.
            own = request.labels if request.labels.flags.writeable else request.labels.copy()
            return _Copy(own, 0)
        known = self._copies.get(request.image.key)
        if known is None or known.number != request.number - len(request.steps):
            raise StepMissed(request.image.key)
        return known

    def _pixels(self) -> int:
        return sum(copy.labels.size for copy in self._copies.values())
