"""What the engine answers: frozen messages; arrays in them are read-only."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document.layers import PredictionPart
from app.engine.requests import ImageRef


@dataclass(frozen=True)
class EngineReady:
    """torch is imported and the device is known ("CPU", or the name of a GPU)."""

    device: str


@dataclass(frozen=True)
class ModelOpened:
    """A model is in use; `can_predict` is False until it has learned something.

    `version` is that which it is or came from, "" for none.
    """

    name: str
    can_predict: bool
    version: str = ""


@dataclass(frozen=True)
class AveragingSet:
    """Predictions are made another way from now on: those from before are out of date."""

    knowledge: int


@dataclass(frozen=True)
class ClassesRenumbered:
    """The model's classes have the numbers of this `numbering`; what was told before has not."""

    numbering: int
    knowledge: int


@dataclass(frozen=True)
class SamplesLearned:
    """The labels of `images` images from earlier are learned: predictions are out of date."""

    images: int
    knowledge: int = 0


@dataclass(frozen=True)
class StepsMissed:
    """The engine has no copy of the labels that the steps could follow: send them as a whole."""

    image: ImageRef


@dataclass(frozen=True, eq=False)
class Traits:
    """What the queue goes by: the model's doubt, 0..1, and the looks of an image, (D,) float32."""

    doubt: float
    descriptor: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Predicted:
    """The model's pixels of an image: read-only (H, W) uint8 arrays, confidence 0..255;
    `runner_up` is the second likeliest class of each.

    `knowledge` counts what the model has learned so far (heads solved, networks taken): of two
    predictions the one with the higher number knows more.
    """

    image: ImageRef
    labels: NDArray[np.uint8]
    confidence: NDArray[np.uint8]
    is_suggestion: bool
    version: str
    knowledge: int = 0
    traits: Traits | None = None
    runner_up: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class PartPredicted:
    """A part of a large image of (H, W) = `size` that somebody looks at is predicted.

    `Predicted` follows with the whole, unless something newer is asked or it fails.
    """

    image: ImageRef
    size: tuple[int, int]
    part: PredictionPart


@dataclass(frozen=True)
class FolderProgress:
    """How far the folder is segmented; `done == total` or `is_cancelled` ends it."""

    done: int
    total: int
    is_cancelled: bool = False


@dataclass(frozen=True, eq=False)
class Conflict:
    """Labelled pixels of the image `key` that a held-out model takes for another class.

    `box` = x0, y0, x1, y1; `mask` (h, w) bool covers it; `picture` (h, w, 3) uint8 RGB, small.
    """

    key: str
    box: tuple[int, int, int, int]
    mask: NDArray[np.bool_]
    class_id: int
    suggested: int
    confidence: float
    picture: NDArray[np.uint8] = field(repr=False)

    @property
    def size(self) -> int:
        """Number of pixels."""
        return int(self.mask.sum())


@dataclass(frozen=True)
class ConflictSearch:
    """How far the search for conflicts is, 0..1."""

    share: float


@dataclass(frozen=True, eq=False)
class ConflictsFound:
    """The search has ended; the most suspicious comes first. `sentence` is for the user."""

    conflicts: tuple[Conflict, ...]
    sentence: str


@dataclass(frozen=True)
class Learned:
    """Fine-tuning went on: the latest step, its loss, and the held-out score when just measured."""

    step: int
    loss: float
    validation: float | None
    seconds: float


@dataclass(frozen=True)
class LearningStopped:
    """Fine-tuning has nothing more to gain, or was switched off; new strokes start it again."""

    sentence: str


@dataclass(frozen=True)
class Published:
    """A better model is in use, and was written to `folder`. `validation` is None where another
    reason than the score on held-out strokes speaks for it.
    """

    version: str
    folder: Path
    validation: float | None
    samples: int
    knowledge: int = 0
    pixels: int = 0


@dataclass(frozen=True)
class VersionOpened:
    """That version is in use."""

    name: str
    model: str
    knowledge: int


@dataclass(frozen=True)
class VersionKept:
    """A version was written that learned from so many images and labelled pixels.

    `origin` is the file that it was imported from; "" for the model in use.
    """

    name: str
    images: int
    pixels: int
    origin: str = ""


@dataclass(frozen=True, eq=False)
class PredictedWith:
    """What another version makes of an image: read-only (H, W) uint8 ids."""

    image: ImageRef
    name: str
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class PretrainedReady:
    """A fetched model is in use; its class k is the project's `class_ids[k]`."""

    name: str
    class_ids: tuple[int, ...]
    knowledge: int = 0


@dataclass(frozen=True)
class ModelStarted:
    """A new model called `name` is in use, with random weights or those of that kind."""

    name: str
    weights: str | None = None
    knowledge: int = 0


@dataclass(frozen=True)
class StartCancelled:
    """No other model comes into use: somebody has asked for that."""


@dataclass(frozen=True)
class DownloadProgress:
    """Bytes of a model fetched so far; `total` is 0 when unknown."""

    name: str
    done: int
    total: int


@dataclass(frozen=True)
class Failed:
    """A request could not be done. `sentence` is for the user; the engine goes on.

    `needs_restart`: it will not do anything useful any more. `is_model_broken`: nor will another
    engine with the same model.
    """

    sentence: str
    image: ImageRef | None = None
    detail: str = field(default="", repr=False)
    needs_restart: bool = False
    is_model_broken: bool = False


Event = (
    EngineReady
    | ModelOpened
    | SamplesLearned
    | AveragingSet
    | ClassesRenumbered
    | StepsMissed
    | Predicted
    | PartPredicted
    | FolderProgress
    | ConflictSearch
    | ConflictsFound
    | Learned
    | LearningStopped
    | Published
    | VersionOpened
    | VersionKept
    | PredictedWith
    | PretrainedReady
    | ModelStarted
    | StartCancelled
    | DownloadProgress
    | Failed
)
