"""The labelled pixels of all images, and which of them the head is solved on."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.prediction import UNLABELLED, Image, Labels


@dataclass(eq=False)
class Sample:
    """An image and what was painted on it; `pixels` are the features of its chosen pixels."""

    key: str
    image: Image
    labels: Labels
    chosen: NDArray[np.int64] = field(init=False, repr=False)
    pixels: Tensor | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.chosen = choose_pixels(self.labels, seed=zlib.crc32(self.key.encode()))

    @property
    def chosen_labels(self) -> NDArray[np.uint8]:
        """(n,) uint8: the classes of the chosen pixels."""
        return self.labels.reshape(-1)[self.chosen]

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


@dataclass(frozen=True)
class HeadSample:
    """What a head is solved on: features (n, D) float32, labels (n,) int64, weights (n,)."""

    rows: Tensor
    labels: Tensor
    weights: Tensor


def gather(samples: Iterable[Sample], *, limit: int, seed: int = 0) -> HeadSample:
    """Join the chosen pixels of all samples, whose `pixels` must be there; at most some `limit`.

    Weights: a class counts with the root of its pixels (of all images), and so does an image
    within a class. So a class that is corrected often does not take over, and neither does the
    image that is painted most.
    """
    samples = list(samples)
    groups = [(sample, int(value)) for sample in samples for value in sample.classes]
    counts = np.array(
        [int((sample.chosen_labels == value).sum()) for sample, value in groups], np.float64
    )
    values = np.array([value for _, value in groups])
    shares = np.sqrt(counts)
    masses = np.empty_like(counts)
    for value in np.unique(values):
        own = values == value
        masses[own] = np.sqrt(counts[own].sum()) * shares[own] / shares[own].sum()
    quotas = np.minimum(counts, np.ceil(limit * shares / shares.sum())).astype(int)
    random = np.random.default_rng(seed)
    rows, labels, weights = [], [], []
    for (sample, value), quota, mass in zip(groups, quotas, masses, strict=True):
        places = np.flatnonzero(sample.chosen_labels == value)
        if len(places) > quota:
            places = np.sort(random.choice(places, quota, replace=False))
        assert sample.pixels is not None
        rows.append(sample.pixels[torch.from_numpy(places)].float())
        labels.append(torch.full((len(places),), value, dtype=torch.int64))
        weights.append(torch.full((len(places),), mass / len(places), dtype=torch.float32))
    return HeadSample(torch.cat(rows), torch.cat(labels), torch.cat(weights))
