"""What all tiles of an image must share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segmodels.filters import Contrast
from segmodels.prediction import Image


@dataclass(frozen=True)
class ImageStatistics:
    """The size of an image, and how its values are scaled."""

    height: int
    width: int
    contrast: Contrast
    mean: tuple[float, ...]
    spread: float

    @classmethod
    def of(cls, image: Image) -> ImageStatistics:
        """Measure an image on at most some 65,000 of its pixels."""
        height, width = image.shape[:2]
        step = max(1, int((height * width / 65_536) ** 0.5))
        pixels = image[::step, ::step].reshape(-1, 3).astype(np.float32)
        mean = pixels.mean(axis=0)
        spread = max(float(((pixels - mean) ** 2).mean() ** 0.5), 2.0)
        return cls(height, width, Contrast.of(image), tuple(map(float, mean)), spread)
