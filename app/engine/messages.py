"""What the engine is asked and what it answers: frozen messages; arrays in them are read-only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.document.edit import Edit

if TYPE_CHECKING:
    from segmodels import Learner


ClassIds = tuple[int, ...]
"""For each class of a model the id that it has in the project; -1: what it knows is dropped."""


class Urgency(IntEnum):
    """The order in which waiting requests are taken; the lowest value first."""

    CONTROL = 0
    LOOK = 1
    ANSWER = 2
    PREFETCH = 3
    LEARN = 4
    FOLDER = 5


@dataclass(frozen=True)
class ImageRef:
    """An image that the engine may read: its key in the project and its file."""

    key: str
    path: Path


@dataclass(frozen=True)
class OpenModel:
    """Use the model in `folder` (None: the model named `name`, untrained but for its weights)."""

    classes: int
    name: str = "starter"
    folder: Path | None = None
    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class UsePretrained:
    """Fetch a published model and use it. Answered by `PretrainedReady`, or `Failed`.

    `class_ids[k]` is the project's class id for the model's class k.
    """

    name: str
    class_ids: tuple[int, ...]
    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class SetClasses:
    """The project has now `classes` class ids (0 .. classes - 1)."""

    classes: int
    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class SetLearning:
    """Switch fine-tuning in idle time on or off."""

    is_on: bool
    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class SetAveraging:
    """Average predictions over "flips" or "full" from now on, or "off". `AveragingSet` follows."""

    kind: str
    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class SetGrouping:
    """Images whose names agree in this regular expression are held out together; "": each alone."""

    expression: str
    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class LoadSamples:
    """Learn from images labelled earlier: pairs of an image and its label PNG."""

    samples: tuple[tuple[ImageRef, Path], ...]
    urgency = Urgency.PREFETCH


@dataclass(frozen=True)
class BlankLabels:
    """Labels of (H, W) = `size` in which nothing is painted."""

    size: tuple[int, int]


@dataclass(frozen=True)
class LabelStep:
    """One change of an image's labels: an edit, made (again) or undone."""

    edit: Edit
    is_undone: bool = False


@dataclass(frozen=True, eq=False)
class AnswerStroke:
    """The labels of an image changed: solve the head and predict that image again.

    The engine keeps its own copy of the labels and is told only what changed. `labels` (H, W)
    uint8, 255 = unlabelled, begins a new copy: as they were before `steps`. A frozen array is
    copied, another one now belongs to the engine. `number` counts the steps since then; when one
    was missed, the answer is `StepsMissed`. Steps for the same image that wait are done together.
    `first` = x0, y0, x1, y1 in pixels: what is on screen.
    """

    image: ImageRef
    labels: NDArray[np.uint8] | BlankLabels | None = None
    steps: tuple[LabelStep, ...] = ()
    number: int = 0
    first: tuple[int, int, int, int] | None = None
    urgency = Urgency.ANSWER

    def followed_by(self, newer: AnswerStroke) -> AnswerStroke:
        """One request that does what this one and then a newer one ask."""
        if newer.labels is not None:
            return newer
        return replace(self, steps=self.steps + newer.steps, number=newer.number, first=newer.first)


@dataclass(frozen=True)
class PredictImage:
    """Predict one image. `first` = x0, y0, x1, y1 in pixels: what is on screen."""

    image: ImageRef
    first: tuple[int, int, int, int] | None = None
    urgency: Urgency = Urgency.LOOK


@dataclass(frozen=True)
class SegmentFolder:
    """Predict all these images, in this order, when nothing else is asked."""

    images: tuple[ImageRef, ...]
    urgency = Urgency.FOLDER


@dataclass(frozen=True)
class FindConflicts:
    """Look for labels that a model disagrees with which has not learned them."""

    urgency = Urgency.PREFETCH


@dataclass(frozen=True)
class CancelFolder:
    """Stop segmenting the folder, and looking for conflicts."""

    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class Learn:
    """Fine-tune in idle time (the engine asks itself, after strokes)."""

    urgency = Urgency.LEARN


@dataclass(frozen=True, eq=False)
class InstallModel:
    """Use this model, fetched by another thread (the engine asks itself)."""

    learner: Learner
    ready: PretrainedReady
    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class UseVersion:
    """Go on with the model in `folder`, with the samples there are. Answered by `VersionOpened`.

    `class_ids` None: its classes have the same ids as then.
    """

    name: str
    folder: Path
    class_ids: ClassIds | None = None
    # After the strokes that were painted before: what they teach is taken over, too.
    urgency = Urgency.ANSWER


@dataclass(frozen=True)
class KeepVersion:
    """Write the model in use as a version of its own. Answered by `VersionKept`."""

    urgency = Urgency.ANSWER


@dataclass(frozen=True)
class ImportModel:
    """Make a packed model a version; its class k is the project's `class_ids[k]` of `classes`.

    Answered by `VersionKept`.
    """

    file: Path
    class_ids: tuple[int, ...]
    classes: int
    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class PredictWith:
    """Predict an image by another version, for comparison. Answered by `PredictedWith`.

    `first` = x0, y0, x1, y1 in pixels: what is on screen. `class_ids` as in `UseVersion`.
    """

    image: ImageRef
    name: str
    folder: Path
    class_ids: ClassIds | None = None
    first: tuple[int, int, int, int] | None = None
    urgency = Urgency.LOOK


Request = (
    OpenModel
    | UseVersion
    | KeepVersion
    | ImportModel
    | PredictWith
    | UsePretrained
    | SetClasses
    | SetLearning
    | SetAveraging
    | SetGrouping
    | LoadSamples
    | AnswerStroke
    | PredictImage
    | SegmentFolder
    | CancelFolder
    | FindConflicts
    | Learn
    | InstallModel
)


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
    """A better network is in use, and was written to `folder`."""

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
class Download:
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
    | StepsMissed
    | Predicted
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
    | Download
    | Failed
)
