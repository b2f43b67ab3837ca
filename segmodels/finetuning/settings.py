"""What fine-tuning can be told, and what it reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LossKind = Literal["cross_entropy", "focal", "mse", "nll"]


@dataclass(frozen=True)
class TrainSettings:
    """Settings of the slow path; the defaults need no tuning. Sizes are in pixels.

    `course_steps` are trained between two comparisons with the network in use; after `patience`
    comparisons without a gain training stops. `batch` is a first try: it is adapted so that a step
    takes about `step_seconds`.
    """

    loss: LossKind = "cross_entropy"
    dice_weight: float = 0.5
    pseudo_weight: float = 0.5
    pseudo_confidence: float = 0.9
    crop: int = 128
    batch: int = 4
    step_seconds: float = 0.08
    learning_rate: float = 3e-4
    weight_decay: float = 0.02
    warm_up_steps: int = 10
    course_steps: int = 60
    patience: int = 3
    ema_decay: float = 0.97
    clip: float = 1.0
    held_out: float = 0.25
    cell: int = 48
    groups_for_split: int = 4
    images_for_split: int = 12


@dataclass(frozen=True)
class TrainReport:
    """One slice of training.

    `validation` is the mean IoU on held-out labelled pixels, when it was just measured;
    `is_published`: the network in use was just replaced, and its head solved again;
    `is_finished`: nothing more is gained, or the time is up.
    """

    step: int
    loss: float
    learning_rate: float
    validation: float | None
    is_published: bool
    is_finished: bool
    seconds: float
