"""What a course learns from and is judged by: made of the samples, good until they change."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from segmodels.feature_source import FeatureSource
from segmodels.features import FIXED_CHANNELS
from segmodels.finetuning.crops import CropSource, Lesson
from segmodels.finetuning.gate import Judgement, judge_steps
from segmodels.finetuning.holdout import Grouping, HeldOut, hold_out
from segmodels.finetuning.settings import TrainSettings
from segmodels.head import HeadSettings, solve_head_steps
from segmodels.image_statistics import ImageStatistics
from segmodels.learner_settings import LearnerSettings
from segmodels.models.base import InputScale, SegModel
from segmodels.prediction import Image, Prediction
from segmodels.samples import LabelledPixels, Sample, gather

_LESSON_PIXELS = 12_000_000
_JUDGED_PIXELS = 8_000_000
_LAYER_PIXELS = 4000


class Pupil(Protocol):
    """What a course needs of a learner."""

    classes: int
    device: torch.device
    seed: int
    revision: int
    settings: LearnerSettings
    grouping: Grouping
    source: FeatureSource
    """Features by the network in use."""

    @property
    def samples(self) -> Mapping[str, Sample]:
        """The images with labelled pixels."""

    @property
    def can_predict(self) -> bool:
        """Whether there is a head."""

    def source_of(self, network: SegModel) -> FeatureSource:
        """Give the features by another network."""

    def predict_steps(
        self, image: Image, *, key: str | None = None
    ) -> Generator[None, None, Prediction]:
        """Predict with the network and head in use."""

    def draw_steps(self) -> Generator[None, None, bool]:
        """See whether masks can be carried over; whether predictions of other images change."""

    def publish_steps(self, source: FeatureSource) -> Generator[None, None, None]:
        """Use the network of `source` from now on."""


@dataclass(frozen=True, eq=False)
class Material:
    """`source` to draw from, `judged` samples with what is held out, `in_use` to be beaten."""

    revision: int
    source: CropSource
    class_weights: Tensor
    judged: Sequence[Sample]
    held_out: HeldOut
    in_use: Judgement | None
    class_layer: tuple[Tensor, Tensor] | None


def material_steps(
    pupil: Pupil, settings: TrainSettings, scale: InputScale | None, *, draw: int
) -> Generator[None, None, Material]:
    """Make the material of the samples as they are now; yields after each slice."""
    revision = pupil.revision
    samples = list(pupil.samples.values())
    held_out = hold_out(
        samples,
        share=settings.held_out,
        cell=settings.cell,
        groups_for_split=settings.groups_for_split,
        images_for_split=settings.images_for_split,
        grouping=pupil.grouping,
    )
    lessons = []
    for sample in _within(samples, _LESSON_PIXELS, draw):
        guess = None
        if settings.pseudo_weight and pupil.can_predict:
            guess = yield from pupil.predict_steps(sample.image, key=sample.key)
        labels = held_out.without(sample)
        lessons.append(Lesson(sample, labels, ImageStatistics.of(sample.image), guess))
        yield
    judged = _within(samples, _JUDGED_PIXELS, 0)
    in_use = yield from judgement_steps(pupil, pupil.source, judged, held_out)
    layer = None
    if pupil.source.network is not None:
        layer = yield from _class_layer_steps(pupil, judged, held_out)
    source = CropSource(lessons, scale=scale, seed=pupil.seed + draw)
    weights = torch.zeros(pupil.classes, device=pupil.device)
    for value, count in source.class_counts.items():
        weights[value] = count**-0.5
    weights /= weights.max()
    return Material(revision, source, weights, judged, held_out, in_use, layer)


def judgement_steps(
    pupil: Pupil, source: FeatureSource, judged: Sequence[Sample], held_out: HeldOut
) -> Generator[None, None, Judgement | None]:
    """Judge the network of `source`."""
    inside, outside = [], []
    for sample in judged:
        features = yield from source.pixels_steps(sample)
        pixels = LabelledPixels(sample.chosen_labels, features)
        mask = held_out.chosen(sample)
        inside.append(pixels.part(~mask))
        outside.append(pixels.part(mask))
    return (
        yield from judge_steps(
            inside,
            outside,
            source.groups(),
            units=[pupil.grouping(sample.key) for sample in judged],
            classes=pupil.classes,
            head=pupil.settings.head,
            limit=pupil.settings.head_pixels,
            device=pupil.device,
            seed=pupil.seed,
        )
    )


def _class_layer_steps(
    pupil: Pupil, judged: Sequence[Sample], held_out: HeldOut
) -> Generator[None, None, tuple[Tensor, Tensor]]:
    """Solve a linear head on what was learned and the position, for training to start from."""
    kept = []
    learned = slice(FIXED_CHANNELS, pupil.source.channels)
    for sample in judged:
        features = yield from pupil.source.pixels_steps(sample)
        pixels = LabelledPixels(sample.chosen_labels, features[:, learned])
        kept.append(pixels.part(~held_out.chosen(sample)))
    data = gather([p for p in kept if p.labels.size], limit=_LAYER_PIXELS, seed=pupil.seed)
    head, _ = yield from solve_head_steps(
        data.to(pupil.device),
        classes=pupil.classes,
        settings=HeadSettings(kind="logistic", decay=1e-3, iterations=30),
        seed=pupil.seed,
    )
    weight, bias = head.folded()
    return weight.detach(), bias.detach()


def _within(samples: Sequence[Sample], pixels: int, draw: int) -> list[Sample]:
    """Give as many samples as have some `pixels` together, in another order for each `draw`."""
    order = np.random.default_rng(draw).permutation(len(samples))
    taken: list[Sample] = []
    total = 0
    for index in order:
        size = samples[index].image.size // 3
        if taken and total + size > pixels:
            continue
        taken.append(samples[index])
        total += size
    return taken
