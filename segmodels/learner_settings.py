"""What a learner can be told, and what it reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from segmodels.finetuning.settings import TrainSettings
from segmodels.head import HeadSettings


@dataclass(frozen=True)
class LearnerSettings:
    """The defaults need no tuning. Sizes are in pixels."""

    head: HeadSettings = field(default_factory=HeadSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    head_pixels: int = 8000
    cache_bytes: int = 700_000_000
    tile: int = 512
    halo: int = 64

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LearnerSettings:
        """Build from what `asdict` gave; a setting that is no more is left out."""
        plain = dict(values)
        plain["head"] = HeadSettings(**_known(HeadSettings, values.get("head", {})))
        plain["train"] = TrainSettings(**_known(TrainSettings, values.get("train", {})))
        return cls(**_known(cls, plain))


DEFAULTS = LearnerSettings()


@dataclass(frozen=True)
class HeadReport:
    """What a head was solved on: `pixels` of `classes_seen`; `loss` is the mean cross-entropy."""

    pixels: int
    classes_seen: tuple[int, ...]
    loss: float
    seconds: float


def _known(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {key: value for key, value in values.items() if key in names}
