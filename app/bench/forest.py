"""The yardstick *forest*: what ilastik and Labkit do with strokes."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.annotator import UNLABELLED

SIGMAS = (0.7, 1.0, 1.6, 3.5, 5.0, 10.0)
TREES = 100
MOST_PIXELS = 20_000  # of strokes; more change little and cost the forest minutes

Labels = NDArray[np.uint8]
Plane = NDArray[Any]  # float32; the type hints of OpenCV know no dtype


def has_forest() -> bool:
    """Whether scikit-learn is installed; it is no dependency of the program."""
    return importlib.util.find_spec("sklearn") is not None


class ForestStudent:
    """A class-balanced random forest on multi-scale filters of each channel. See `Student`."""

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._features: dict[str, Plane] = {}
        self._labels: dict[str, Labels] = {}
        self._forest: Any = None
        self._images: dict[str, NDArray[np.uint8]] = {}
        self._is_grey = True

    def put_sample(self, key: str, image: NDArray[np.uint8], labels: Labels) -> None:
        """Keep the labels of an image."""
        self._features_of(key, image)
        self._labels[key] = labels.copy()

    def answer(self) -> None:
        """Grow a new forest on the pixels under all strokes."""
        ensemble: Any = importlib.import_module("sklearn.ensemble")
        rows, targets = [], []
        for key, labels in self._labels.items():
            chosen = labels != UNLABELLED
            rows.append(self._features[key][chosen])
            targets.append(labels[chosen])
        x, y = np.concatenate(rows), np.concatenate(targets)
        if len(np.unique(y)) < 2:
            return
        if len(y) > MOST_PIXELS:
            some = np.random.default_rng(self._seed).choice(len(y), MOST_PIXELS, replace=False)
            x, y = x[some], y[some]
        self._forest = ensemble.RandomForestClassifier(
            TREES, class_weight="balanced", random_state=self._seed, n_jobs=1
        ).fit(x, y)

    def study(self, seconds: float) -> None:
        """A forest has nothing more to learn."""

    def predict(self, key: str, image: NDArray[np.uint8]) -> Labels | None:
        """The class of every pixel."""
        if self._forest is None:
            return None
        features = self._features_of(key, image)
        flat = self._forest.predict(features.reshape(-1, features.shape[2]))
        return np.asarray(flat, np.uint8).reshape(image.shape[:2])

    def _features_of(self, key: str, image: NDArray[np.uint8]) -> Plane:
        if self._is_grey and not is_grey(image):
            self._take_colour()
        if key not in self._features:
            self._images[key] = image
            self._features[key] = filter_bank(image, is_grey=self._is_grey)
        return self._features[key]

    def _take_colour(self) -> None:
        """The first image in colour after grey ones: from now on all have three channels."""
        self._is_grey = False
        self._features.clear()
        for key in self._labels:
            self._features[key] = filter_bank(self._images[key], is_grey=False)
        if self._forest is not None:
            self.answer()


def is_grey(image: NDArray[np.uint8]) -> bool:
    """Whether the three channels of (H, W, 3) are the same."""
    return bool((image == image[..., :1]).all())


def filter_bank(image: NDArray[np.uint8], *, is_grey: bool) -> Plane:
    """(H, W, F) float32 of (H, W, 3) uint8; of a grey image one channel counts."""
    channels = 1 if is_grey else 3
    planes = []
    for channel in range(channels):
        plane = image[..., channel].astype(np.float32) / 255
        for sigma in SIGMAS:
            planes += _filters(plane, sigma)
    return np.stack(planes, axis=-1)


def _filters(plane: Plane, sigma: float) -> list[Plane]:
    """Gaussian, gradient magnitude, eigenvalues of the Hessian and of the structure tensor."""
    blurred = _blur(plane, sigma)
    dx, dy = _derivative(blurred, 1, 0), _derivative(blurred, 0, 1)
    hessian = _eigenvalues(_derivative(dx, 1, 0), _derivative(dx, 0, 1), _derivative(dy, 0, 1))
    wide = 0.5 * sigma + 0.5
    tensor = _eigenvalues(_blur(dx * dx, wide), _blur(dx * dy, wide), _blur(dy * dy, wide))
    return [blurred, cv2.magnitude(dx, dy).astype(np.float32), *hessian, *tensor]


def _eigenvalues(xx: Plane, xy: Plane, yy: Plane) -> tuple[Plane, Plane]:
    middle, half = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    return middle + half, middle - half


def _blur(plane: Plane, sigma: float) -> Plane:
    return cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT).astype(np.float32)


def _derivative(plane: Plane, x: int, y: int) -> Plane:
    scaled = cv2.Sobel(plane, cv2.CV_32F, x, y, ksize=1, scale=0.5, borderType=cv2.BORDER_REFLECT)
    return scaled.astype(np.float32)
