"""Which image to paint next: typical of many, unlike what was painted, and in doubt.

Greedy weighted k-centre (Sener & Savarese 2018, "Active Learning for Convolutional Neural Networks:
A Core-Set Approach"). With few labels typical images teach more than doubtful ones (Hacohen et al.
2022, "Active Learning on a Budget: Opposite Strategies Suit High and Low Budgets"), so the doubt
counts the more the more images are painted.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.prediction import Image, Labels

Descriptor = NDArray[np.float32]
"""(D,) float32: a cheap account of what an image looks like."""

Values = NDArray[np.float64]

_LOOKED_AT = 96
_GRID = 4
_RANKED = 200
_LIKE = 0.05
_TRUSTED_FROM = 8
_NEIGHBOURS = 5
_SAMPLED = 1000


def mean_doubt(labels: Labels, confidence: NDArray[np.uint8]) -> float:
    """Give the mean doubt, 0..1, with a class counting by the root of its area.

    So a small doubtful object is not lost in a large sure background.
    """
    step = max(1, round((labels.size / 262_144) ** 0.5))
    classes = labels[::step, ::step].ravel()
    doubts = 255.0 - confidence[::step, ::step].ravel()
    counts = np.bincount(classes, minlength=256).astype(np.float64)
    sums = np.bincount(classes, doubts, minlength=256)
    present = counts > 0
    weights = np.sqrt(counts[present])
    return float(weights @ (sums[present] / counts[present]) / weights.sum() / 255)


def describe(image: Image) -> Descriptor:
    """Describe (H, W, 3) uint8: colour, its spread, where it is bright, how rough it is."""
    step = max(1, min(image.shape[:2]) // (4 * _LOOKED_AT))
    small = cv2.resize(
        image[::step, ::step], (_LOOKED_AT, _LOOKED_AT), interpolation=cv2.INTER_AREA
    )
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    bright = lab[..., 0]
    layout = cv2.resize(bright, (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    rough = [
        np.abs(cv2.Laplacian(cv2.GaussianBlur(bright, (0, 0), sigma), cv2.CV_32F)).mean()
        for sigma in (0.7, 2.0)
    ]
    # The layout is 16 numbers of one thing: together they count as much as two.
    parts = (lab.mean((0, 1)), lab.std((0, 1)), rough, (layout - layout.mean()).ravel() / 3)
    return np.concatenate(parts).astype(np.float32)


def order_by_use(
    doubts: Sequence[float], descriptors: Sequence[Descriptor], labelled: Sequence[Descriptor]
) -> list[int]:
    """Give the indices of the waiting images, the most useful first.

    `doubts` (N,) 0..1 and `descriptors` (N, D) are of the waiting images, `labelled` (M, D) of
    those that were painted. Without any of these the most typical image comes first.
    """
    if not len(doubts):
        return []
    waiting = np.asarray(descriptors, np.float32)
    seen = np.asarray(labelled, np.float32).reshape(-1, waiting.shape[1])
    scale = np.concatenate((waiting, seen)).std(axis=0) + 1e-6
    waiting, seen = waiting / scale, seen / scale
    everything = np.concatenate((waiting, seen))
    trust = len(seen) / (len(seen) + _TRUSTED_FROM)
    weights = (np.asarray(doubts, np.float64) + 1e-3) ** trust * _typicality(waiting, everything)
    order: list[int] = []
    if len(seen):
        distances = np.min([_distances(waiting, one) for one in seen], axis=0)
    else:
        order.append(int(weights.argmax()))
        distances = _distances(waiting, waiting[order[0]])
    left = np.ones(len(waiting), bool)
    left[order] = False
    while left.any() and len(order) < _RANKED:
        use = np.where(left, weights * distances, -1.0)
        chosen = int(use.argmax())
        order.append(chosen)
        left[chosen] = False
        distances = np.minimum(distances, _distances(waiting, waiting[chosen]))
    rest = np.flatnonzero(left)
    return [*order, *rest[np.argsort(-(weights * distances)[rest], kind="stable")].tolist()]


def _typicality(waiting: NDArray[np.float32], everything: NDArray[np.float32]) -> Values:
    """How near the next few images are, (N,): one over their mean distance.

    In a large folder they are looked for among a sample of it.
    """
    step = max(1, len(everything) // _SAMPLED)
    sample = everything[::step]
    near = min(_NEIGHBOURS, len(sample) - 1)
    if near < 1:
        return np.ones(len(waiting))
    squares = (sample**2).sum(axis=1)
    found = []
    for start in range(0, len(waiting), _SAMPLED):
        some = waiting[start : start + _SAMPLED]
        apart = (some**2).sum(axis=1)[:, None] + squares - 2 * some @ sample.T
        nearest = np.partition(apart, near, axis=1)[:, : near + 1]
        found.append(np.sqrt(np.maximum(nearest, 0)).sum(axis=1) / near)
    return 1 / (np.concatenate(found) + _LIKE)


def _distances(descriptors: NDArray[np.float32], one: Descriptor) -> Values:
    """Root of the distance: what is far away shall not outweigh all doubt; nor is it ever 0."""
    return np.sqrt(np.linalg.norm(descriptors - one, axis=1).astype(np.float64)) + _LIKE
