"""Labels that a model disagrees with which has not learned them: perhaps slips of the brush.

Cross-validation over what was painted, in the manner of confident learning (Northcutt et al. 2021,
"Confident Learning: Estimating Uncertainty in Dataset Labels"): only the head is solved again, so a
fold costs a fraction of a second and no features are computed twice.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from segmodels.errors import NothingToLearn
from segmodels.feature_source import FeatureSource
from segmodels.finetuning.holdout import Grouping
from segmodels.folds import Folds
from segmodels.fusion import FusedHead, solve_fused_steps
from segmodels.image_statistics import ImageStatistics
from segmodels.learner_settings import LearnerSettings
from segmodels.prediction import UNLABELLED
from segmodels.samples import LabelledPixels, Sample, gather
from segmodels.scoring import probabilities, ranked
from segmodels.tiles import Box

_MOST = 50


class Pupil(Protocol):
    """What is needed of a learner."""

    classes: int
    device: torch.device
    seed: int
    settings: LearnerSettings
    grouping: Grouping
    source: FeatureSource

    @property
    def head(self) -> FusedHead | None:
        """The head in use."""


@dataclass(frozen=True)
class ConflictSettings:
    """`confidence` 0..1 of the other class; `smallest` in pixels.

    With at least `groups_for_split` named groups whole groups are held out, else with at least
    `images_for_split` images whole images, else connected strokes.
    """

    folds: int = 5
    confidence: float = 0.7
    smallest: int = 25
    groups_for_split: int = 4
    images_for_split: int = 15


@dataclass(frozen=True, eq=False)
class Conflict:
    """Connected pixels of `class_id` that the held-out model takes for `suggested`.

    `mask` (h, w) bool covers `box`; `confidence` is the mean of the model's, `share` how much of
    the connected stroke it is, `unlearned` the share that the model in use, which did learn them,
    takes for another class too; all 0..1.
    """

    key: str
    box: Box
    mask: NDArray[np.bool_]
    class_id: int
    suggested: int
    confidence: float
    share: float
    unlearned: float

    @property
    def size(self) -> int:
        """Number of pixels."""
        return int(self.mask.sum())

    @property
    def rank(self) -> float:
        """How much it looks like a slip. A right correction is a whole stroke too that a held-out
        model knows better, but once it is learned, the model agrees.
        """
        return self.confidence * self.share * (0.3 + self.unlearned)


DEFAULTS = ConflictSettings()


@dataclass(frozen=True, eq=False)
class _Guess:
    """(H, W) each: another class than the label, or 255; its confidence; whether the model in use
    takes the pixel for another class than the label.
    """

    classes: NDArray[np.uint8]
    confidence: NDArray[np.uint8]
    unlearned: NDArray[np.bool_]


def find_conflicts_steps(
    pupil: Pupil, samples: Sequence[Sample], settings: ConflictSettings = DEFAULTS
) -> Generator[float | None, None, list[Conflict]]:
    """Find the conflicts, by their rank; yields after each slice, now and then the share done.

    Raises NothingToLearn when fewer than two classes are painted.
    """
    if len({value for sample in samples for value in sample.classes}) < 2:
        raise NothingToLearn("Paint strokes of two classes: then they can be compared.")
    source = pupil.source  # the one in use now, also when another is published meanwhile
    cut = Folds.of(
        samples,
        pupil.grouping,
        folds=settings.folds,
        groups_for_split=settings.groups_for_split,
        images_for_split=settings.images_for_split,
    )
    dealt = []
    for number, sample in enumerate(samples):
        dealt.append(cut.folds_of(sample, number).reshape(-1)[sample.chosen])
        yield None
    heads: list[FusedHead | None] = []
    for fold in range(cut.count):
        head = yield from _held_out_head(pupil, source, samples, dealt, fold)
        heads.append(head)
    found: list[Conflict] = []
    for number, sample in enumerate(samples):
        yield number / len(samples)
        folds = cut.folds_of(sample, number)
        yield None
        guess = yield from _guess_steps(source, heads, pupil.head, sample, folds, settings)
        if (guess.classes != UNLABELLED).any():
            found += _conflicts(sample, guess, settings)
            yield None
    return sorted(found, key=lambda conflict: -conflict.rank)[:_MOST]


def _held_out_head(
    pupil: Pupil,
    source: FeatureSource,
    samples: Sequence[Sample],
    dealt: Sequence[NDArray[np.uint8]],
    fold: int,
) -> Generator[None, None, FusedHead | None]:
    """Solve a head on all but a fold; None when less than two classes are left.

    `dealt`: the fold of each chosen pixel of each sample. The head starts from nothing, as the one
    in use has learned what is held out.
    """
    kept = []
    for sample, own in zip(samples, dealt, strict=True):
        if (own != fold).any():
            features = yield from source.pixels_steps(sample)
            kept.append(LabelledPixels(sample.chosen_labels, features).part(own != fold))
    if len({int(value) for pixels in kept for value in np.unique(pixels.labels)}) < 2:
        return None
    data = gather(kept, limit=pupil.settings.head_pixels, seed=pupil.seed)
    head, _ = yield from solve_fused_steps(
        data.to(pupil.device),
        source.groups(),
        classes=pupil.classes,
        settings=pupil.settings.head,
        seed=pupil.seed,
    )
    return head


def _guess_steps(
    source: FeatureSource,
    heads: Sequence[FusedHead | None],
    in_use: FusedHead | None,
    sample: Sample,
    folds: NDArray[np.uint8],
    settings: ConflictSettings,
) -> Generator[None, None, _Guess]:
    """Predict each labelled pixel of a sample by the head of its fold, and by the one in use."""
    labels, statistics = sample.labels, ImageStatistics.of(sample.image)
    guess = _Guess(
        np.full(sample.shape, UNLABELLED, np.uint8),
        np.zeros(sample.shape, np.uint8),
        np.zeros(sample.shape, bool),
    )
    normal = yield from source.normal_steps(sample.image, statistics, sample.key)
    for tile in source.tiles(sample.image):
        here = tile.own.slices
        corner = tile.own.within(tile.core)
        if (folds[here] == 255).all():
            continue
        features = yield from source.tile_steps(sample.image, tile, statistics, sample.key)
        for fold, head in enumerate(heads):
            rows, columns = np.nonzero(folds[here] == fold)
            if head is None or not rows.size:
                continue
            places = (rows + corner.y0) * tile.core.width + columns + corner.x0
            own = features[:, torch.from_numpy(places)]
            truth = labels[here][rows, columns]
            classes, sure, _ = ranked(probabilities(head, own, normal))
            # What no other stroke shows cannot be found: that is no disagreement.
            seen = head.parts()[0][1].seen.cpu().numpy()
            wrong = (classes != truth) & (sure >= settings.confidence * 255) & seen[truth]
            guess.classes[here][rows, columns] = np.where(wrong, classes, UNLABELLED)
            guess.confidence[here][rows, columns] = sure
            learned, _, _ = ranked(probabilities(in_use or head, own, normal))
            guess.unlearned[here][rows, columns] = learned != truth
        yield
    return guess


def _conflicts(sample: Sample, guess: _Guess, settings: ConflictSettings) -> list[Conflict]:
    """Join the pixels of one label and one guess to areas; thin rims of a pixel are left out."""
    labels = sample.labels
    found = []
    wrong = guess.classes != UNLABELLED
    for pair in np.unique(np.stack((labels[wrong], guess.classes[wrong])), axis=1).T:
        class_id, suggested = int(pair[0]), int(pair[1])
        strokes = _areas(labels == class_id)
        mask = (labels == class_id) & (guess.classes == suggested)
        areas, boxes = _areas(mask)
        core = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        for number in np.unique(areas[core]):
            x, y, width, height, size = (int(value) for value in boxes[number])
            if size < settings.smallest:
                continue
            box = Box(x, y, x + width, y + height)
            own = areas[box.slices] == number
            stroke = strokes[0][box.slices][own][0]
            found.append(
                Conflict(
                    sample.key,
                    box,
                    own,
                    class_id,
                    suggested,
                    confidence=float(guess.confidence[box.slices][own].mean()) / 255,
                    share=size / int(strokes[1][stroke, cv2.CC_STAT_AREA]),
                    unlearned=float(guess.unlearned[box.slices][own].mean()),
                )
            )
    return found


def _areas(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Number the connected areas: (H, W) numbers, and (areas, 5) box and size of each."""
    _, areas, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return areas.astype(np.int32, copy=False), boxes.astype(np.int32, copy=False)
