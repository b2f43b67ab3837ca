"""Parts of a prediction on their way to the screen, before the whole is there."""

from __future__ import annotations

from collections.abc import Generator

from app.document.layers import PredictionPart
from app.engine.events import Event, PartPredicted
from app.engine.requests import ImageRef
from segmodels.prediction import Prediction
from segmodels.tiles import Box

LARGE = 1_000_000
"""Smaller images are predicted as a whole soon enough."""


class Parts:
    """Turns what a learner tells of an image of (H, W) = `size` into events."""

    def __init__(self, image: ImageRef, size: tuple[int, ...], *, is_wanted: bool) -> None:
        self._image = image
        self._size = size[0], size[1]
        self._is_wanted = is_wanted and size[0] * size[1] > LARGE
        self._waiting: list[PartPredicted] = []

    def take(self, box: Box, prediction: Prediction) -> None:
        """A box is predicted: told with the next slice."""
        if not self._is_wanted:
            return
        for array in (prediction.labels, prediction.confidence):
            array.setflags(write=False)
        place = (box.x0, box.y0, box.x1, box.y1)
        part = PredictionPart(place, prediction.labels, prediction.confidence)
        self._waiting.append(PartPredicted(self._image, self._size, part))

    def told(
        self, steps: Generator[None, None, Prediction]
    ) -> Generator[Event | None, None, Prediction]:
        """The steps of a prediction, with the parts that they told as events between them."""
        while True:
            try:
                next(steps)
            except StopIteration as end:
                prediction: Prediction = end.value
                return prediction
            yield self._waiting.pop(0) if self._waiting else None
            while self._waiting:
                yield self._waiting.pop(0)
