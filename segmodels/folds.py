"""How labels are dealt out to the folds of a cross-validation: by group, by image, or by stroke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.finetuning.holdout import Grouping, units_of
from segmodels.prediction import UNLABELLED, Labels
from segmodels.samples import Sample


@dataclass(frozen=True)
class Folds:
    """How labels are dealt out to folds, image by image: of many, all would not fit in memory.

    `fold_of` gives the fold of a whole image by its key; None when strokes are dealt out.
    """

    count: int
    fold_of: Mapping[str, int] | None

    @classmethod
    def of(
        cls,
        samples: Sequence[Sample],
        grouping: Grouping,
        *,
        folds: int,
        groups_for_split: int,
        images_for_split: int,
    ) -> Folds:
        """Deal out groups, images or strokes; groups or images to as many folds as there are."""
        units = units_of(
            [sample.key for sample in samples],
            grouping,
            groups=groups_for_split,
            images=images_for_split,
        )
        if units is None:
            return cls(folds, None)
        places = {unit: place for place, unit in enumerate(dict.fromkeys(units.values()))}
        folds = min(folds, len(places))
        return cls(folds, {key: places[unit] % folds for key, unit in units.items()})

    def folds_of(self, sample: Sample, number: int) -> NDArray[np.uint8]:
        """Give the fold (H, W) uint8 of each pixel of the `number`-th sample, 255 = unlabelled."""
        labels = sample.labels
        if self.fold_of is not None:
            fold = self.fold_of[sample.key]
            return np.where(labels == UNLABELLED, 255, fold).astype(np.uint8)
        return np.where(labels == UNLABELLED, 255, stroke_folds(labels, self.count, first=number))


def stroke_folds(labels: Labels, folds: int, *, first: int = 0) -> NDArray[np.uint8]:
    """Deal the connected areas of each class out to folds: (H, W) uint8, 0 where unlabelled."""
    dealt = np.zeros(labels.shape, np.uint8)
    for value in np.unique(labels[labels != UNLABELLED]):
        _, areas = cv2.connectedComponents((labels == value).astype(np.uint8), connectivity=8)
        own = areas > 0
        dealt[own] = (areas[own] + first + int(value)) % folds
    return dealt
