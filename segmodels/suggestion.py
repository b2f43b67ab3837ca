"""A first guess before anything was learned: the image parted in two by colour and texture."""

from __future__ import annotations

from collections.abc import Generator

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.prediction import Image, Prediction, check_image
from segmodels.steps import run

_LONG_SIDE = 256
_CODES_PER_ODDS = 24
_SLICE = 1_000_000


def suggest(image: Image) -> Prediction:
    """Guess object (1) and background (0) in (H, W, 3) uint8; some 10 ms a megapixel.

    The pixels of a small copy are parted in two groups by colour, lightness and texture. The group
    that lines the border of the image is the background.
    """
    return run(suggest_steps(image))


def suggest_steps(image: Image) -> Generator[None, None, Prediction]:
    """Same as `suggest`, yielding after each million of pixels or so."""
    check_image(image)
    height, width = image.shape[:2]
    small = yield from _small_copy(image)
    odds = _cleaned(_object_odds(_descriptors(small)))
    coded = np.clip(np.round(128 + _CODES_PER_ODDS * odds), 0, 255).astype(np.float32)
    wide = np.asarray(cv2.resize(coded, (width, len(coded))), np.float32)
    certainty = 1 / (1 + np.exp(-np.abs(np.arange(256) - 128.0) / _CODES_PER_ODDS))
    sure = (255 * certainty).astype(np.uint8)
    labels, confidence = (np.empty((height, width), np.uint8) for _ in range(2))
    rows = max(1, _SLICE // width)
    for top in range(0, height, rows):
        yield
        part = slice(top, min(height, top + rows))
        full = _rows_between(wide, part, height)
        np.greater(full, 128, out=labels[part].view(np.bool_))
        confidence[part] = cv2.LUT(full, sure)
    return Prediction(labels, confidence, None)


def _small_copy(image: Image) -> Generator[None, None, Image]:
    """At most 256 pixels long; a large image is first made smaller strip by strip."""
    height, width = image.shape[:2]
    factor = max(1, max(height, width) // (4 * _LONG_SIDE))
    if factor > 1:
        rows = max(1, _SLICE // (width * factor)) * factor
        parts = []
        for top in range(0, height, rows):
            part = image[top : top + rows]
            size = (max(1, width // factor), max(1, len(part) // factor))
            parts.append(cv2.resize(part, size, interpolation=cv2.INTER_AREA))
            yield
        image = np.concatenate(parts)
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _rows_between(wide: NDArray[np.float32], part: slice, height: int) -> NDArray[np.uint8]:
    """Some of `height` rows, between the few rows of `wide`, as bytes."""
    where = (np.arange(part.start, part.stop, dtype=np.float32) + 0.5) * (len(wide) / height) - 0.5
    where = np.clip(where, 0, len(wide) - 1)
    above = np.floor(where).astype(np.intp)
    below = np.minimum(above + 1, len(wide) - 1)
    share = (where - above).astype(np.float32)[:, None]
    return np.rint(wide[above] * (1 - share) + wide[below] * share).astype(np.uint8)


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
