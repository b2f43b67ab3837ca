"""Brightness, contrast and gamma of the picture on screen; they never change data."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Tone:
    """Brightness and contrast in -1..1 (0: as it is), gamma in 0.2..5 (1: as it is)."""

    brightness: float = 0.0
    contrast: float = 0.0
    gamma: float = 1.0

    @property
    def is_plain(self) -> bool:
        """True when nothing is changed."""
        return self == Tone()

    def curve(self) -> NDArray[np.uint8]:
        """The new value of each of the 256 values, uint8."""
        value = np.linspace(0, 1, 256) ** (1 / self.gamma)
        # A tangent turns -1..1 into slopes from flat to a step.
        slope = np.tan((np.clip(self.contrast, -0.98, 0.98) + 1) * np.pi / 4)
        value = (value - 0.5) * slope + 0.5 + self.brightness
        return np.rint(np.clip(value, 0, 1) * 255).astype(np.uint8)


def toned(pixels: NDArray[np.uint8], tone: Tone) -> NDArray[np.uint8]:
    """A block of the picture, (h, w, 4) uint8, with all channels sent through the curve."""
    return np.asarray(cv2.LUT(np.ascontiguousarray(pixels), tone.curve()), np.uint8)
