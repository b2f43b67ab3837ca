"""The labelled pixels of all images, and which of them the head is solved on."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.prediction import UNLABELLED, Image, Labels
from segmodels.tiles import Tile


@dataclass(frozen=True, eq=False)
class Sample:
    """An image and what was painted on it.

    `chosen` (n,) int64: flat indices of the labelled pixels that the head may be solved on, of the
    classes `chosen_labels` (n,) uint8; `labelled` is the number of all labelled pixels. The labels
    are kept packed: strokes are next to nothing then, and hundreds of large images may be painted.
    """

    key: str
    image: Image
    chosen: NDArray[np.int64]
    chosen_labels: NDArray[np.uint8]
    packed_labels: bytes
    labelled: int

    @classmethod
    def of(cls, key: str, image: Image, labels: Labels) -> Sample:
        """Copy labels, and choose pixels of them."""
        chosen = choose_pixels(labels, seed=zlib.crc32(key.encode()))
        packed = zlib.compress(labels.tobytes(), 1)
        labelled = int(np.count_nonzero(labels != UNLABELLED))
        return cls(key, image, chosen, labels.reshape(-1)[chosen], packed, labelled)

    @property
    def labels(self) -> Labels:
        """(H, W) uint8, 255 = unlabelled; unpacked at each call."""
        return np.frombuffer(zlib.decompress(self.packed_labels), np.uint8).reshape(self.shape)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.image.shape[0], self.image.shape[1]

    @property
    def classes(self) -> tuple[int, ...]:
        """The classes painted on it."""
        return tuple(int(value) for value in np.unique(self.chosen_labels))


def choose_pixels(labels: Labels, *, seed: int, per_class: int = 1500) -> NDArray[np.int64]:
    """Choose at most `per_class` labelled pixels of each class; flat indices, ascending.

    Neighbours under a stroke say nearly the same, so a part of them is enough. The choice depends
    on the pixels and the seed only.
    """
    flat = labels.reshape(-1)
    labelled = np.flatnonzero(flat != UNLABELLED)
    values = flat[labelled]
    random = np.random.default_rng(seed)
    chosen = []
    for value in np.unique(values):
        places = labelled[values == value]
        if len(places) > per_class:
            places = random.choice(places, per_class, replace=False)
        chosen.append(places)
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, np.int64)


def pixels_from_tiles(
    sample: Sample,
    tiles: Sequence[Tile],
    features_of: Callable[[Tile], Generator[None, None, Tensor]],
) -> Generator[None, None, Tensor]:
    """Take the features (n, D) of a sample's chosen pixels from the tiles that hold them.

    `features_of` gives (D, pixels of the core). Yields after each tile.
    """
    rows, columns = np.divmod(sample.chosen, sample.shape[1])
    pixels: Tensor | None = None
    for tile in tiles:
        own, box = tile.own, tile.core
        inside = (rows >= own.y0) & (rows < own.y1) & (columns >= own.x0) & (columns < own.x1)
        if not inside.any():
            continue
        features = yield from features_of(tile)
        places = (rows[inside] - box.y0) * box.width + columns[inside] - box.x0
        if pixels is None:
            pixels = torch.empty((len(rows), features.shape[0]), dtype=features.dtype)
        taken = features[:, torch.from_numpy(places).to(features.device)].T
        pixels[torch.from_numpy(inside)] = taken.cpu()
        yield
    assert pixels is not None
    return pixels


@dataclass(frozen=True, eq=False)
class LabelledPixels:
    """Pixels of one image: their classes (n,) uint8 and features (n, D)."""

    labels: NDArray[np.uint8]
    features: Tensor

    def part(self, mask: NDArray[np.bool_]) -> LabelledPixels:
        """Give those of the pixels that `mask` (n,) bool chooses."""
        return LabelledPixels(self.labels[mask], self.features[torch.from_numpy(mask)])


@dataclass(frozen=True)
class HeadSample:
    """What a head is solved on: features (n, D) float32, labels (n,) int64, weights (n,)."""

    rows: Tensor
    labels: Tensor
    weights: Tensor

    def to(self, device: torch.device) -> HeadSample:
        """Move to a device."""
        return HeadSample(self.rows.to(device), self.labels.to(device), self.weights.to(device))

    def without(self, features: Tensor) -> HeadSample:
        """Give the same, in which those features (indices) are 0 and tell nothing."""
        rows = self.rows.clone()
        rows[:, features] = 0
        return HeadSample(rows, self.labels, self.weights)


def gather(images: Iterable[LabelledPixels], *, limit: int, seed: int = 0) -> HeadSample:
    """Join the labelled pixels of all images, at most some `limit` of them.

    Weights: a class counts with the root of its pixels (of all images), and so does an image
    within a class. So a class that is corrected often does not take over, and neither does the
    image that is painted most.
    """
    groups = [
        (pixels, int(value), np.flatnonzero(pixels.labels == value))
        for pixels in images
        for value in np.unique(pixels.labels)
    ]
    counts = np.array([len(places) for _, _, places in groups], np.float64)
    masses = _masses(np.array([value for _, value, _ in groups]), counts)
    shares = np.sqrt(counts)
    quotas = np.minimum(counts, np.ceil(limit * shares / shares.sum())).astype(int)
    random = np.random.default_rng(seed)
    rows, labels, weights = [], [], []
    for (pixels, value, places), quota, mass in zip(groups, quotas, masses, strict=True):
        if len(places) > quota:
            places = np.sort(random.choice(places, quota, replace=False))
        rows.append(pixels.features[torch.from_numpy(places)].float())
        labels.append(torch.full((len(places),), value, dtype=torch.int64))
        weights.append(torch.full((len(places),), mass / len(places), dtype=torch.float32))
    return HeadSample(torch.cat(rows), torch.cat(labels), torch.cat(weights))


def _masses(values: NDArray[np.int64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much each group of pixels (of one class on one image) counts in all."""
    masses = np.empty_like(counts)
    for value in np.unique(values):
        own = values == value
        shares = np.sqrt(counts[own])
        masses[own] = np.sqrt(counts[own].sum()) * shares / shares.sum()
    return masses
