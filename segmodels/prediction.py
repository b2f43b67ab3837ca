"""What a model says about an image, and the label that means nobody has said anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmodels.tiles import Box

UNLABELLED = 255
"""The label of a pixel that nobody has painted. Never a class."""

MOST_CLASSES = 254

Image = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""

Labels = NDArray[np.uint8]
"""(H, W) uint8 class ids, `UNLABELLED` where nothing was painted."""


@dataclass(frozen=True)
class Prediction:
    """The likeliest class of every pixel.

    `labels` (H, W) uint8 class ids; `confidence` (H, W) uint8, the probability of that class times
    255; `runner_up` (H, W) uint8, the second likeliest class, or None where there is no second.
    """

    labels: Labels
    confidence: NDArray[np.uint8]
    runner_up: Labels | None = None


TellPart = Callable[[Box, Prediction], None]
"""Called with a box of an image, and with its prediction, before the whole image is predicted."""


def tell_nobody(box: Box, prediction: Prediction) -> None:
    """Nobody waits for parts of the prediction."""


def check_image(image: Image) -> None:
    """Raise ValueError unless `image` is (H, W, 3) uint8 with at least one pixel."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ValueError(f"an image is (H, W, 3) uint8, not {image.shape} {image.dtype}")


def check_labels(labels: Labels, image: Image, classes: int) -> None:
    """Raise ValueError unless `labels` is (H, W) uint8 of the image's size with known ids."""
    if labels.shape != image.shape[:2] or labels.dtype != np.uint8:
        raise ValueError(
            f"labels of an image of {image.shape[:2]} are uint8 of that shape, "
            f"not {labels.shape} {labels.dtype}"
        )
    ids = np.flatnonzero(np.bincount(labels.ravel(), minlength=256)[:UNLABELLED])
    if ids.size and ids[-1] >= classes:
        raise ValueError(f"class {ids[-1]} is not one of the learner's {classes} classes")
