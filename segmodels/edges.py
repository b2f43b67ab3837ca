"""Smoothing that stops at edges: probabilities follow the image's own outlines.

The guided filter (He, Sun and Tang 2010): in each window a probability is a linear function of the
luminance, so it changes where the image does.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.prediction import Image
from segmodels.tiles import RIM, Box

RADIUS = RIM // 2
_EPSILON = 0.01

_Plane = NDArray[Any]  # float32; the type hints of OpenCV know no dtype


def smoothed(probabilities: Tensor, image: Image, box: Box) -> Tensor:
    """Smooth (C, h, w) float32 of `box` along the edges of the whole `image` (H, W, 3) uint8 RGB.

    Where the box ends inside of the image, the rim that would need pixels from beyond stays as it
    is: what is mirrored there would reach over the seam.
    """
    found = _smoothed(probabilities, image[box.slices])
    height, width = image.shape[:2]
    if box.x0 > 0:
        found[:, :, :RIM] = probabilities[:, :, :RIM]
    if box.y0 > 0:
        found[:, :RIM] = probabilities[:, :RIM]
    if box.x1 < width:
        found[:, :, -RIM:] = probabilities[:, :, -RIM:]
    if box.y1 < height:
        found[:, -RIM:] = probabilities[:, -RIM:]
    return found


def _smoothed(probabilities: Tensor, image: Image) -> Tensor:
    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    guide = np.asarray(grey, np.float32) / np.float32(255)
    mean = _mean(guide)
    variance = _mean(guide * guide) - mean * mean + np.float32(_EPSILON)
    result = np.zeros(probabilities.shape, np.float32)
    for plane, found in zip(result, probabilities.cpu().numpy(), strict=True):
        if found.any():
            mean_found = _mean(found)
            slope = (_mean(guide * found) - mean * mean_found) / variance
            plane[:] = _mean(slope) * guide + _mean(mean_found - slope * mean)
    np.clip(result, 0, 1, out=result)
    return torch.from_numpy(result).to(probabilities.device)


def _mean(plane: _Plane) -> _Plane:
    side = 2 * RADIUS + 1
    return np.asarray(cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
