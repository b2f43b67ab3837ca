"""What fine-tuning can be told, and what it reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

LossKind = Literal["cross_entropy", "focal", "mse", "nll"]
"""`nll` is the same as `cross_entropy` (softmax, then the negative log-likelihood): two names."""

_RANGES = {
    "dice_weight": (0, 100),
    "learning_rate": (1e-8, 1),
    "weight_decay": (0, 1),
    "clip": (1e-6, 1e6),
    "ema_decay": (0, 0.99999),
    "batch": (2, 256),
    "crop": (32, 1024),
    "held_out": (0.05, 0.5),
    "patience": (1, 1000),
}


@dataclass(frozen=True)
class TrainSettings:
    """Settings of the slow path; the defaults need no tuning. Sizes are in pixels.

    `course_steps` are trained between two comparisons with the network in use; after `patience`
    comparisons without a gain training stops. `batch` is a first try: it is adapted so that a step
    takes about `step_seconds`. Raises ValueError for what nothing can be trained with.
    """

    loss: LossKind = "cross_entropy"
    dice_weight: float = 0.5
    pseudo_weight: float = 0.5
    pseudo_confidence: float = 0.9
    crop: int = 128
    batch: int = 2
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

    def __post_init__(self) -> None:
        kinds = get_args(LossKind)
        if self.loss not in kinds:
            raise ValueError(f"loss must be one of {', '.join(kinds)}, not {self.loss}.")
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name} must be from {least:g} to {most:g}, not {value:g}.")


@dataclass(frozen=True)
class TrainReport:
    """One slice of training.

    `validation` is the mean IoU on held-out labelled pixels, when it was just measured;
    `is_published`: the network in use was just replaced, and its head solved again, or masks are
    carried over from image to image from now on, or no more;
    `is_finished`: nothing more is gained, or the time is up.
    """

    step: int
    loss: float
    learning_rate: float
    validation: float | None
    is_published: bool
    is_finished: bool
    seconds: float
