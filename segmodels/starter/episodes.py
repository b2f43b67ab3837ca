"""Episodes: what one training step solves; two images of a kind, a few strokes, pixels to score."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.starter import shapes
from segmodels.starter.companions import companions
from segmodels.starter.scenes import FAMILIES, Scene, sample_kind

CLASSES = 5
STROKE_PIXELS = 320
SCORED_PIXELS = 1280

SIZES = ((128, 5), (160, 4), (208, 2))
"""Side of the images in pixels, and pairs of images a batch."""


@dataclass(frozen=True)
class Episodes:
    """A batch of P episodes; pixel indices count through both images, row by row.

    `images` (2P, 3, S, S) uint8, the two of an episode side by side; of the stroke pixels (n) and
    of the scored ones: `*_index` (P, n) int64, `*_labels` (P, n) int64, `*_weights` (P, n) float32
    that sum to 1 or are 0 where padded, `*_companions` (P, n, F) float32.
    """

    images: NDArray[np.uint8]
    stroke_index: NDArray[np.int64]
    stroke_labels: NDArray[np.int64]
    stroke_weights: NDArray[np.float32]
    stroke_companions: NDArray[np.float32]
    scored_index: NDArray[np.int64]
    scored_labels: NDArray[np.int64]
    scored_weights: NDArray[np.float32]
    scored_companions: NDArray[np.float32]


def sample_episodes(
    rng: np.random.Generator,
    *,
    size: int,
    count: int,
    families: tuple[str, ...] = tuple(FAMILIES),
) -> Episodes:
    """Draw a batch of `count` episodes on images of `size` x `size` pixels."""
    drawn = [_episode(rng, size, families) for _ in range(count)]
    columns = [np.stack(column) for column in zip(*drawn, strict=True)]
    images = columns[0].reshape(2 * count, size, size, 3).transpose(0, 3, 1, 2)
    return Episodes(np.ascontiguousarray(images), *columns[1:])


def paint_strokes(
    rng: np.random.Generator, labels: NDArray[np.uint8], value: int
) -> NDArray[np.bool_]:
    """Give (H, W) bool: one to three short brush strokes inside the pixels of class `value`."""
    inside = labels == value
    painted = np.zeros(labels.shape, np.uint8)
    depth = cv2.distanceTransform(np.pad(inside.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    ys, xs = np.nonzero(inside)
    odds = np.minimum(depth[ys, xs], 6.0).astype(np.float64)
    odds /= odds.sum()
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.choice(len(ys), p=odds))
        radius = min(float(depth[ys[at], xs[at]]), rng.uniform(1, 6))
        line = shapes.walk(
            rng,
            (float(xs[at]), float(ys[at])),
            rng.uniform(0, 6.3),
            length=rng.uniform(6, 60),
            bend=0.25,
        )
        for x, y in np.vstack([[[xs[at], ys[at]]], line]):
            column, row = round(float(x)), round(float(y))
            if not (0 <= row < labels.shape[0] and 0 <= column < labels.shape[1]):
                break
            if depth[row, column] < 0.5 * radius:
                break
            cv2.circle(painted, (column, row), max(0, int(radius)), 1, -1)
    return (painted > 0) & inside


def _episode(
    rng: np.random.Generator, size: int, families: tuple[str, ...]
) -> tuple[NDArray[np.generic], ...]:
    scenes = _pair(rng, size, families)
    labels = np.stack([scene.labels for scene in scenes])
    painted_images = 1 if rng.random() < 0.7 else 2
    strokes = np.zeros(labels.shape, bool)
    for image in range(painted_images):
        for value in np.flatnonzero(np.bincount(labels[image].ravel()) >= 12):
            strokes[image] |= paint_strokes(rng, labels[image], int(value))
    fixed = np.stack([companions(scene.image) for scene in scenes])
    fixed = fixed.reshape(-1, fixed.shape[-1])
    flat, marked = labels.ravel(), strokes.ravel()
    stroke_index, stroke_weights = _balanced(rng, flat, np.flatnonzero(marked), STROKE_PIXELS)
    known = np.isin(flat, np.unique(flat[stroke_index]))
    scored_index, scored_weights = _mixed(rng, flat, np.flatnonzero(known & ~marked))
    return (
        np.stack([scene.image for scene in scenes]),
        stroke_index,
        flat[stroke_index].astype(np.int64),
        stroke_weights,
        fixed[stroke_index],
        scored_index,
        flat[scored_index].astype(np.int64),
        scored_weights,
        fixed[scored_index],
    )


def _pair(rng: np.random.Generator, size: int, families: tuple[str, ...]) -> tuple[Scene, Scene]:
    """Draw two images of one kind; the first has two classes or more."""
    while True:
        kind = sample_kind(rng, families)
        first = kind.draw(rng, (size, size))
        if (np.bincount(first.labels.ravel()) >= 12).sum() >= 2:
            return first, kind.draw(rng, (size, size))


def _balanced(
    rng: np.random.Generator, labels: NDArray[np.uint8], index: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Choose up to `count` pixels, the classes alike; weights balance them and sum to 1."""
    values = np.unique(labels[index])
    chosen, weights = [], []
    for value in values:
        own = index[labels[index] == value]
        own = rng.permutation(own)[: count // len(values)]
        chosen.append(own)
        weights.append(np.full(len(own), 1 / (len(own) * len(values)), np.float32))
    spare = count - sum(len(own) for own in chosen)
    # Padding repeats the first pixel at weight 0, so that a batch is one array.
    chosen.append(np.full(spare, chosen[0][0]))
    weights.append(np.zeros(spare, np.float32))
    return np.concatenate(chosen), np.concatenate(weights)


def _mixed(
    rng: np.random.Generator, labels: NDArray[np.uint8], index: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Choose the scored pixels, half anywhere and half with the classes alike."""
    half = SCORED_PIXELS // 2
    anywhere = rng.choice(index, half, replace=len(index) < half)
    alike, weights = _balanced(rng, labels, index, half)
    everywhere = np.full(half, 1 / half, np.float32)
    shares = np.concatenate([everywhere, weights]) / np.float32(2)
    return np.concatenate([anywhere, alike]), shares.astype(np.float32)
