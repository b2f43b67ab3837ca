"""The two layers of an image: the person's labels and the model's prediction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED


@dataclass(frozen=True, eq=False)
class PredictionPart:
    """A box x0, y0, x1, y1 of a prediction of which the rest is still to come.

    `labels` and `confidence` are (y1 - y0, x1 - x0) uint8, read-only.
    """

    box: tuple[int, int, int, int]
    labels: NDArray[np.uint8]
    confidence: NDArray[np.uint8]


@dataclass(eq=False)
class ImageLayers:
    """What is known of an image's pixels; all arrays are (H, W) uint8.

    `labels` are class ids, 255 = unlabelled; only edits change them, in place. `prediction` and
    `confidence` (0..255) and `runner_up`, the second likeliest class, are replaced as a whole.
    `is_suggestion`: guessed without a model. `parts` of the next prediction are on screen already.
    """

    labels: NDArray[np.uint8]
    prediction: NDArray[np.uint8] | None = None
    confidence: NDArray[np.uint8] | None = None
    is_suggestion: bool = False
    runner_up: NDArray[np.uint8] | None = None
    parts: list[PredictionPart] = field(default_factory=list)

    def take_prediction(
        self,
        prediction: NDArray[np.uint8],
        confidence: NDArray[np.uint8],
        runner_up: NDArray[np.uint8] | None,
        *,
        is_suggestion: bool,
    ) -> None:
        """Replace what the model says."""
        self.prediction, self.confidence, self.runner_up = prediction, confidence, runner_up
        self.is_suggestion = is_suggestion
        self.parts = []

    @property
    def has_labels(self) -> bool:
        """Whether a person labelled any pixel."""
        return self.labels.size > 0 and int(self.labels.min()) != UNLABELLED

    def composite(self) -> NDArray[np.uint8]:
        """What is shown and exported: labels where set, else the prediction, else 255."""
        if self.prediction is None:
            return self.labels.copy()
        return np.where(self.labels != UNLABELLED, self.labels, self.prediction)


def with_parts(
    prediction: NDArray[np.uint8] | None, size: tuple[int, int], parts: Iterable[PredictionPart]
) -> NDArray[np.uint8]:
    """A copy of a prediction of (H, W) = `size` with these parts of the next one over it.

    Where there is neither it is 255.
    """
    result = blank_labels(size) if prediction is None else prediction.copy()
    for part in parts:
        x0, y0, x1, y1 = part.box
        result[y0:y1, x0:x1] = part.labels
    return result


def blank_labels(size: tuple[int, int]) -> NDArray[np.uint8]:
    """Labels of (H, W) = `size` with every pixel unlabelled."""
    return np.full(size, UNLABELLED, np.uint8)
