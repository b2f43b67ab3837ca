"""The yardstick *scratch*: a U-Net from random weights trained on the strokes (RootPainter)."""

from __future__ import annotations

import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from segmodels.annotator import UNLABELLED
from segmodels.starter.network import StarterConfig, StarterNet

CROP = 192
BATCH = 4

Labels = NDArray[np.uint8]


class ScratchStudent:
    """The starter's network, untrained, learns for the seconds of the slow path. See `Student`.

    Of the seconds of each image a third is spent in each of its answers, the rest in study.
    """

    def __init__(self, *, classes: int, seconds: float, seed: int = 0) -> None:
        torch.manual_seed(seed)
        config = StarterConfig()
        self._network = nn.Sequential(
            _Features(StarterNet(config)), nn.Conv2d(config.feature_channels, classes, 1)
        )
        self._optimiser = torch.optim.AdamW(self._network.parameters(), lr=1e-3)
        self._random = np.random.default_rng(seed)
        self._classes = classes
        self._seconds = seconds
        self._spent = 0.0
        self._samples: dict[str, tuple[Tensor, Labels]] = {}

    def put_sample(self, key: str, image: NDArray[np.uint8], labels: Labels) -> None:
        """Keep the labels of an image."""
        self._samples[key] = (_tensor(image), labels.copy())

    def answer(self) -> None:
        """Train for a third of an image's seconds."""
        self._train(self._seconds / 3)

    def study(self, seconds: float) -> None:
        """Train for what is left of this image's seconds."""
        self._train(seconds - self._spent)
        self._spent = 0.0

    def predict(self, key: str, image: NDArray[np.uint8]) -> Labels | None:
        """The class of every pixel."""
        if not self._samples:
            return None
        self._network.eval()
        with torch.inference_mode():
            scores = self._network(_tensor(image))
        return np.asarray(scores[0].argmax(0).numpy(), np.uint8)

    def _train(self, seconds: float) -> None:
        began = time.perf_counter()
        self._network.train()
        while time.perf_counter() - began < seconds:
            x, y = self._batch()
            loss = self._loss(self._network(x), y)
            self._optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
            self._optimiser.step()
        self._spent += time.perf_counter() - began

    def _loss(self, scores: Tensor, y: Tensor) -> Tensor:
        """Cross-entropy over labelled pixels, each class of the batch with the same weight."""
        counts = torch.bincount(y[y != UNLABELLED], minlength=self._classes)
        weight = counts.sum() / counts.clamp_min(1) / (counts > 0).sum()
        return functional.cross_entropy(scores, y, weight=weight, ignore_index=UNLABELLED)

    def _batch(self) -> tuple[Tensor, Tensor]:
        """Crops around labelled pixels, flipped at random."""
        xs, ys = [], []
        keys = list(self._samples)
        for _ in range(BATCH):
            x, labels = self._samples[keys[int(self._random.integers(len(keys)))]]
            present = [int(value) for value in np.unique(labels) if value != UNLABELLED]
            rows, columns = np.nonzero(labels == self._random.choice(present))
            at = int(self._random.integers(len(rows)))
            top, left = (
                int(np.clip(place - self._random.integers(CROP), 0, max(0, side - CROP)))
                for place, side in zip((rows[at], columns[at]), labels.shape, strict=True)
            )
            crop = np.s_[top : top + CROP, left : left + CROP]
            xs.append(_padded(x[0][:, crop[0], crop[1]], 0))
            ys.append(_padded(torch.from_numpy(labels[crop].astype(np.int64))[None], UNLABELLED)[0])
            flips = [axis for axis in (1, 2) if self._random.random() < 0.5]
            if flips:
                xs[-1] = xs[-1].flip(flips)
                ys[-1] = ys[-1].flip([axis - 1 for axis in flips])
        return torch.stack(xs), torch.stack(ys)


class _Features(nn.Module):
    def __init__(self, network: StarterNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return self.network.features(x)


def _tensor(image: NDArray[np.uint8]) -> Tensor:
    """(1, 3, H, W) float32 of zero mean and unit deviation."""
    x = torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)[None]
    return (x - x.mean()) / x.std().clamp_min(1)


def _padded(x: Tensor, value: float) -> Tensor:
    height, width = x.shape[-2:]
    return functional.pad(x, (0, CROP - width, 0, CROP - height), value=value)
