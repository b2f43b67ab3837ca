"""Crops around labelled pixels, more of those that hold a rare class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from segmodels.finetuning.augmentation import Strength, warp_grid
from segmodels.image_statistics import ImageStatistics
from segmodels.learned import network_input
from segmodels.models.base import InputScale
from segmodels.prediction import UNLABELLED, Prediction
from segmodels.samples import Sample


@dataclass(frozen=True)
class Lesson:
    """A sample made ready for training: `labels` without what is held out, and what to guess by.

    `guess` is the prediction of the model in use, or None.
    """

    sample: Sample
    labels: NDArray[np.uint8]
    statistics: ImageStatistics
    guess: Prediction | None = None


@dataclass(frozen=True)
class Crops:
    """Crops before changes of light: images (N, 3, S, S) float32 scaled for the network.

    `labels` and `guessed` (N, S, S) int64, 255 where unknown; `confidence` (N, S, S) 0..1;
    `position` (N, 2, S, S), -1..1 over the whole image.
    """

    images: Tensor
    labels: Tensor
    guessed: Tensor
    confidence: Tensor
    position: Tensor


class CropSource:
    """Draws crops from lessons; the same seed draws the same crops."""

    def __init__(self, lessons: Sequence[Lesson], *, scale: InputScale | None, seed: int) -> None:
        self._lessons = lessons
        self._scale = scale
        self._random = np.random.default_rng(seed)
        self._places = self._places_by_class()
        if not self._places:
            raise ValueError("there is no labelled pixel to draw a crop around")
        self.class_counts = {
            value: sum(map(len, places.values())) for value, places in self._places.items()
        }

    def draw(
        self, count: int, size: int, *, device: torch.device, random: torch.Generator
    ) -> Crops:
        """Draw `count` crops of `size` x `size`, turned, scaled and bent."""
        strength = Strength()
        seen = int(size * 1.5)
        squares = [self._square(seen) for _ in range(count)]
        smooth = torch.cat([square[0] for square in squares]).to(device)
        coded = torch.cat([square[1] for square in squares]).to(device)
        grid = warp_grid(count, size, seen, random, strength).to(device)
        smooth = functional.grid_sample(
            smooth, grid, mode="bilinear", padding_mode="reflection", align_corners=False
        )
        # Codes are looked up as code + 1, so that outside, where the grid reads 0, is unknown.
        coded = functional.grid_sample(coded, grid, mode="nearest", align_corners=False)
        labels, guessed = coded[:, 0].long() - 1, coded[:, 1].long() - 1
        return Crops(
            images=smooth[:, :3].contiguous(memory_format=torch.channels_last),
            labels=labels.masked_fill(labels < 0, UNLABELLED),
            guessed=guessed.masked_fill(guessed < 0, UNLABELLED),
            confidence=coded[:, 2] / 255,
            position=smooth[:, 3:],
        )

    def _square(self, side: int) -> tuple[Tensor, Tensor]:
        """Cut a square around a random labelled pixel: (1, 5, side, side), (1, 3, side, side)."""
        classes = list(self._places)
        value = classes[int(self._random.integers(len(classes)))]
        lessons = self._places[value]
        index = list(lessons)[int(self._random.integers(len(lessons)))]
        lesson = self._lessons[index]
        width = lesson.labels.shape[1]
        place = int(self._random.choice(lessons[index]))
        jitter = self._random.integers(-side // 4, side // 4 + 1, 2)
        y, x = place // width + int(jitter[0]), place % width + int(jitter[1])
        rows = np.arange(y - side // 2, y - side // 2 + side)
        columns = np.arange(x - side // 2, x - side // 2 + side)
        return self._smooth(lesson, rows, columns), self._coded(lesson, rows, columns)

    def _smooth(
        self, lesson: Lesson, rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> Tensor:
        height, width = lesson.labels.shape
        inside_rows, inside_columns = _mirrored(rows, height), _mirrored(columns, width)
        pixels = lesson.sample.image[inside_rows[:, None], inside_columns[None, :]]
        image = network_input(pixels, lesson.statistics, self._scale, torch.device("cpu"))
        y = torch.from_numpy((inside_rows + 0.5) * (2 / height) - 1).float()
        x = torch.from_numpy((inside_columns + 0.5) * (2 / width) - 1).float()
        position = torch.stack(torch.meshgrid(y, x, indexing="ij")).flip(0)
        return torch.cat((image, position[None]), dim=1)

    @staticmethod
    def _coded(lesson: Lesson, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Tensor:
        height, width = lesson.labels.shape
        coded = np.zeros((3, len(rows), len(columns)), np.float32)
        is_row, is_column = (rows >= 0) & (rows < height), (columns >= 0) & (columns < width)
        inside = np.ix_(is_row, is_column)
        window = np.ix_(rows[is_row], columns[is_column])
        labels = lesson.labels[window].astype(np.float32)
        coded[0][inside] = np.where(labels == UNLABELLED, 0, labels + 1)
        if lesson.guess is not None:
            coded[1][inside] = lesson.guess.labels[window].astype(np.float32) + 1
            coded[2][inside] = lesson.guess.confidence[window]
        return torch.from_numpy(coded)[None]

    def _places_by_class(self) -> Mapping[int, dict[int, NDArray[np.int64]]]:
        """For each class, for each lesson that shows it, the places of its labelled pixels."""
        found: dict[int, dict[int, NDArray[np.int64]]] = {}
        for index, lesson in enumerate(self._lessons):
            flat = lesson.labels.reshape(-1)
            labelled = np.flatnonzero(flat != UNLABELLED)
            values = flat[labelled]
            for value in np.unique(values):
                found.setdefault(int(value), {})[index] = labelled[values == value]
        return found


def _mirrored(places: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Reflect places outside of 0..length-1 back into it."""
    period = 2 * length
    folded = places % period
    return np.where(folded < length, folded, period - 1 - folded)
