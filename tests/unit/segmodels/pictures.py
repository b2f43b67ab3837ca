"""Small images with a known truth, and strokes on them, for the tests of segmodels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels import UNLABELLED

Array = NDArray[np.uint8]


def disc_picture(
    height: int = 96, width: int = 128, *, seed: int = 0, objects: int = 4
) -> tuple[Array, Array]:
    """Bright noisy discs on a dark noisy ground: image (H, W, 3) and truth (H, W) in {0, 1}."""
    random = np.random.default_rng(seed)
    truth = np.zeros((height, width), np.uint8)
    for _ in range(objects):
        centre = (int(random.integers(10, width - 10)), int(random.integers(10, height - 10)))
        cv2.circle(truth, centre, int(random.integers(8, 14)), 1, -1)
    tone = np.where(truth[..., None] == 1, (170, 120, 90), (70, 80, 90))
    noise = random.normal(0, 12, (height, width, 3))
    return np.clip(tone + noise, 0, 255).astype(np.uint8), truth


def strokes(truth: Array, *, seed: int = 0, per_class: int = 3, radius: int = 2) -> Array:
    """A few dots inside each class of the truth; the rest is unlabelled."""
    random = np.random.default_rng(seed)
    labels = np.full_like(truth, UNLABELLED)
    for value in np.unique(truth):
        inner = cv2.erode((truth == value).astype(np.uint8), np.ones((5, 5), np.uint8))
        rows, columns = np.nonzero(inner)
        for place in random.choice(len(rows), per_class, replace=False):
            dot = np.zeros_like(truth)
            cv2.circle(dot, (int(columns[place]), int(rows[place])), radius, 1, -1)
            labels[(dot == 1) & (truth == value)] = value
    return labels
