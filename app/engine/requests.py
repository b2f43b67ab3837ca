"""What the engine is asked: frozen messages; their arrays are read-only, `urgency` orders them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.document.edit import Edit

if TYPE_CHECKING:
    from app.engine.events import ModelStarted, PretrainedReady
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
    """Use the model in `folder` (None: the starter).

    `class_ids` as in `UseVersion`. `numbering` is that of the project's classes, and is kept with
    the working model.
    """

    classes: int
    folder: Path | None = None
    class_ids: ClassIds | None = None
    numbering: int = 0
    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class StartFrom:
    """Go on with a new model called `name`, `weights` as in `Learner`, on the same samples.

    Answered by `ModelStarted`, or `Failed`; until then the model in use goes on.
    """

    name: str
    weights: str | None = None
    urgency = Urgency.CONTROL


@dataclass(frozen=True)
class CancelStart:
    """Make no other model, and fetch no more of it. Answered by `StartCancelled`."""

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
class RenumberClasses:
    """The project's classes have other numbers: class k is `class_ids[k]`, of `classes` in all.

    What was asked before and is not done is dropped, and so are the samples: ask `LoadSamples`.
    What is predicted after the answer, `ClassesRenumbered`, has the new numbers.
    """

    class_ids: ClassIds
    classes: int
    numbering: int
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
    """Use this model, made by another thread (the engine asks itself), if it is still wanted."""

    learner: Learner
    ready: PretrainedReady | ModelStarted
    numbering: int = 0
    is_wanted: Callable[[], bool] = lambda: True
    # Strokes are answered by the model in use while the head of this one is solved.
    urgency = Urgency.PREFETCH


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
    | StartFrom
    | CancelStart
    | SetClasses
    | RenumberClasses
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
