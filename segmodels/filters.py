"""Fixed features: the filter bank of the pixel classifiers, and colour, at full resolution.

Per scale: Gaussian, gradient magnitude, eigenvalues of the Hessian and of the structure tensor, of
the luminance (the bank of ilastik, Sommer et al. 2011). Scales above 2 pixels are made on halved
images, which costs a fraction and loses nothing that the blur had left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.prediction import Image, check_image

SIGMAS = (0.7, 1.0, 1.6, 3.5, 5.0, 10.0)
COLOUR_SIGMAS = (1.0, 3.5)
FEATURES_PER_SIGMA = 6
FIXED_CHANNELS = FEATURES_PER_SIGMA * len(SIGMAS) + 5 * len(COLOUR_SIGMAS) + 3
FILTER_GRID = 8
"""Tiles must start at multiples of this, so that halving meets the same pixels in every tile."""
FILTER_HALO = 64
"""Pixels around a tile that its fixed features depend on."""

_Plane = NDArray[Any]  # float32; the type hints of OpenCV know no dtype


@dataclass(frozen=True)
class Contrast:
    """Level and spread of the luminance (0..1) of a whole image; all of its tiles share them."""

    level: float
    spread: float

    @classmethod
    def of(cls, image: Image) -> Contrast:
        """Measure an image (H, W, 3) uint8, on at most some 65,000 of its pixels."""
        step = max(1, int((image.shape[0] * image.shape[1] / 65_536) ** 0.5))
        luminance = _luminance(np.ascontiguousarray(image[::step, ::step]))
        return cls(float(luminance.mean()), max(float(luminance.std()), 0.02))


def fixed_features(image: Image, contrast: Contrast | None = None) -> NDArray[np.float32]:
    """Give (FIXED_CHANNELS, H, W) float32, mostly within -4..4, for (H, W, 3) uint8 RGB.

    `contrast` is that of the whole image when `image` is a tile of it. Any thread.
    """
    check_image(image)
    contrast = contrast or Contrast.of(image)
    height, width = image.shape[:2]
    bottom, right = -height % FILTER_GRID, -width % FILTER_GRID
    padded = np.pad(image, ((0, bottom), (0, right), (0, 0)), mode="edge")
    features = np.empty((FIXED_CHANNELS, height, width), np.float32)
    for feature, plane in zip(features, _planes(padded, contrast), strict=True):
        feature[:] = plane[:height, :width]
    return features


def _planes(image: Image, contrast: Contrast) -> Iterator[_Plane]:
    raw = _luminance(image)
    luminance = (raw - contrast.level) * np.float32(1.0 / contrast.spread)
    size = (image.shape[1], image.shape[0])
    halved = {1: luminance}
    for factor in (2, 4, 8):
        halved[factor] = _halve(halved[factor // 2])
    for sigma in SIGMAS:
        factor = _factor(sigma)
        for plane in _scale_planes(halved[factor], sigma / factor):
            yield plane if factor == 1 else cv2.resize(plane, size)
    yield from _colour_planes(image, raw)


def _factor(sigma: float) -> int:
    """How many times smaller the image may be for a blur of `sigma`."""
    return 1 if sigma < 2 else 2 if sigma < 5 else 4


def _halve(plane: _Plane) -> _Plane:
    size = (plane.shape[1] // 2, plane.shape[0] // 2)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def _scale_planes(luminance: _Plane, sigma: float) -> Iterator[_Plane]:
    """Six planes of one scale; derivatives are scale-normalised, so that all scales compare."""
    smooth = _blur(luminance, sigma)
    yield smooth
    dx = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=sigma / 8, borderType=_BORDER)
    dy = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=sigma / 8, borderType=_BORDER)
    yield _compress(cv2.magnitude(dx, dy))
    again = sigma / 8
    xx = cv2.Sobel(dx, cv2.CV_32F, 1, 0, ksize=3, scale=again, borderType=_BORDER)
    yy = cv2.Sobel(dy, cv2.CV_32F, 0, 1, ksize=3, scale=again, borderType=_BORDER)
    xy = cv2.Sobel(dx, cv2.CV_32F, 0, 1, ksize=3, scale=again, borderType=_BORDER)
    for plane in _eigenvalues(xx, xy, yy):
        yield _compress(plane)
    tensor = (_blur(product, 1.5 * sigma) for product in (dx * dx, dx * dy, dy * dy))
    for plane in _eigenvalues(*tensor):
        yield _compress(np.sqrt(np.maximum(plane, 0)))


_BORDER = cv2.BORDER_REPLICATE


def _blur(plane: _Plane, sigma: float) -> _Plane:
    size = 2 * int(3 * sigma + 0.5) + 1
    return cv2.GaussianBlur(plane, (size, size), sigma, borderType=_BORDER)


def _eigenvalues(xx: _Plane, xy: _Plane, yy: _Plane) -> tuple[_Plane, _Plane]:
    """Eigenvalues of symmetric 2x2 matrices, the larger first."""
    middle = (xx + yy) * np.float32(0.5)
    radius = cv2.magnitude((xx - yy) * np.float32(0.5), xy)
    return middle + radius, middle - radius


def _compress(plane: _Plane) -> _Plane:
    """Draw in the long tails, which would rule a head; small values are multiplied by 4."""
    steep = np.float32(4.0) * plane
    return steep / np.sqrt(np.abs(steep) + np.float32(1.0))


def _colour_planes(image: Image, luminance: _Plane) -> Iterator[_Plane]:
    """Lab and HSV at two scales and unblurred chroma; absolute, not relative to the image.

    Hue is left out: its information is in a and b without the jump at red.
    """
    a, b = ((plane.astype(np.float32) - 128) / 24 for plane in cv2.split(_lab(image))[1:])
    value: _Plane = image.max(axis=2).astype(np.float32)
    least: _Plane = image.min(axis=2).astype(np.float32)
    saturation = (value - least) / np.maximum(value, np.float32(16))
    yield from (a, b, saturation)
    level = (luminance - np.float32(0.5)) * np.float32(4.0)
    planes = (level, a, b, saturation * 2, value / 64 - 2)
    size = (image.shape[1], image.shape[0])
    for sigma in COLOUR_SIGMAS:
        factor = _factor(sigma)
        for plane in planes:
            if factor == 1:
                yield _blur(plane, sigma)
            else:
                yield cv2.resize(_blur(_halve(plane), sigma / factor), size)


def _lab(image: Image) -> _Plane:
    return cv2.cvtColor(image, cv2.COLOR_RGB2Lab)


def _luminance(image: Image) -> _Plane:
    """Grey values 0..1."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(255)
