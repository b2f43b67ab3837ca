"""Companions: cheap fixed features that stand beside the learned ones while the net is trained.

In use the learner adds its own richer filter bank, colour and position. The net is trained beside
a small stand-in for them, as constants, so that it spends itself on what filters cannot give.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

COMPANION_COUNT = 24


def companions(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give (H, W, COMPANION_COUNT) float32 for (H, W, 3) uint8: colour, filters, position.

    Standardised per image, but for position, which is about -1..1.
    """
    height, width = image.shape[:2]
    colour = image.astype(np.float32)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    maps: list[NDArray[Any]] = list(cv2.split(colour))
    saturation = colour.max(2) - colour.min(2)
    maps.append(saturation)
    for sigma in (1.5, 4.0):
        maps.extend(cv2.split(cv2.GaussianBlur(colour, (0, 0), sigma)))
    for sigma in (1.0, 2.0, 4.0):
        smooth = cv2.GaussianBlur(grey, (0, 0), sigma)
        dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
        dxx, dyy = cv2.Sobel(smooth, cv2.CV_32F, 2, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 2)
        dxy = cv2.Sobel(smooth, cv2.CV_32F, 1, 1)
        middle, spread = (dxx + dyy) / 2, cv2.magnitude((dxx - dyy) / 2, dxy)
        maps.extend([cv2.magnitude(dx, dy), middle + spread, middle - spread])
    features = np.stack(maps, axis=2)
    mean, deviation = features.mean((0, 1)), features.std((0, 1))
    features = (features - mean) / (deviation + 1e-3)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    position = np.stack([x, y, x * x, y * y, x * y], axis=2)
    return np.concatenate([features, position], axis=2).astype(np.float32)
