"""A first guess before anything was learned: the image parted in two by colour and texture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.prediction import Image, Prediction, check_image

_LONG_SIDE = 256
_CODES_PER_ODDS = 24


def suggest(image: Image) -> Prediction:
    """Guess object (1) and background (0) in (H, W, 3) uint8; some 50 ms a megapixel.

    The pixels of a small copy are parted in two groups by colour, lightness and texture. The group
    that lines the border of the image is the background.
    """
    check_image(image)
    height, width = image.shape[:2]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    odds = _cleaned(_object_odds(_descriptors(small)))
    # As bytes, since a full-size array of floats is too much for a huge image.
    coded = np.clip(np.round(128 + _CODES_PER_ODDS * odds), 0, 255).astype(np.uint8)
    full = cv2.resize(coded, (width, height), interpolation=cv2.INTER_LINEAR)
    certainty = 1 / (1 + np.exp(-np.abs(np.arange(256) - 128.0) / _CODES_PER_ODDS))
    confidence = cv2.LUT(full, (255 * certainty).astype(np.uint8))
    labels = (full > 128).view(np.uint8)
    return Prediction(labels, np.asarray(confidence, np.uint8), 1 - labels)


def _descriptors(image: Image) -> NDArray[np.float32]:
    """Lightness, colour and texture (H, W, 4) float32, each in units of its spread."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2Lab).astype(np.float32)
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.2)
    detail = (lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), 2.5)) ** 2
    texture = np.log1p(np.sqrt(cv2.GaussianBlur(detail, (0, 0), 3.0)))
    light = smooth[..., 0] / max(float(smooth[..., 0].std()), 4.0)
    colour_spread = max(float(smooth[..., 1:].std(axis=(0, 1)).max()), 4.0)
    colour = smooth[..., 1:] / colour_spread
    texture = 0.5 * texture / max(float(texture.std()), 0.3)
    return np.dstack((light, colour, texture)).astype(np.float32)


def _object_odds(descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Part in two groups by k-means; the log odds (H, W) of the group that is the object."""
    height, width, channels = descriptors.shape
    points = descriptors.reshape(-1, channels)
    if len(points) < 4:
        return np.full((height, width), -1, np.float32)
    centres = _two_means(points)
    distances = ((points[:, None, :] - centres) ** 2).sum(axis=2)
    odds = (distances[:, 0] - distances[:, 1]).reshape(height, width)
    border = np.concatenate((odds[0], odds[-1], odds[:, 0], odds[:, -1]))
    return -odds if (border > 0).mean() > 0.5 else odds


def _two_means(points: NDArray[np.float32]) -> NDArray[np.float32]:
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 1e-3)
    cv2.setRNGSeed(0)
    _, _, centres = cv2.kmeans(points, 2, None, criteria, 3, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    return centres


def _cleaned(odds: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smooth away specks."""
    return np.asarray(cv2.GaussianBlur(cv2.medianBlur(odds, 3), (0, 0), 1.0), np.float32)
