"""The jobs of the engine: each a generator that yields after a slice, with an event or None.

The engine's thread advances them slice by slice; the command line runs them to their end.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from app.document import mounts
from app.document.files import read_label_png
from app.document.grouping import group_of
from app.document.images import ImageReadError, image_size, load_image
from app.document.model_folders import SUGGESTION, WORKING, version_of
from app.engine.events import (
    AveragingSet,
    ClassesRenumbered,
    Failed,
    FolderProgress,
    Learned,
    LearningStopped,
    ModelOpened,
    Predicted,
    Published,
    SamplesLearned,
    StepsMissed,
    Traits,
)
from app.engine.inbox import Slices
from app.engine.label_copies import LabelCopies, StepMissed
from app.engine.parts import Parts
from app.engine.requests import AnswerStroke, ClassIds, ImageRef, OpenModel, RenumberClasses
from segmodels import Learner, NothingToLearn, suggest_steps
from segmodels.averaging import Averaging
from segmodels.queue import describe, mean_doubt
from segmodels.storage import set_codec

_KEPT_PIXELS = 40_000_000


class Workshop:
    """One learner and what is done with it. Not thread-safe: one thread owns it."""

    def __init__(self, models_folder: Path, *, classes: int = 2, device: str = "auto") -> None:
        set_codec(mounts.sealed, mounts.opened)  # The weights of an encrypted project.
        self.models_folder = models_folder
        self.device = device
        self.learner = Learner(classes=classes, device=device)
        self.version = WORKING
        self.numbering = 0
        self.knowledge = 0
        self._images: OrderedDict[ImageRef, NDArray[np.uint8]] = OrderedDict()
        self._labels = LabelCopies()
        self._is_unsaved = False
        self.averaging: Averaging = "off"
        self._grouping: Callable[[str], str] = str

    def open_model(self, request: OpenModel) -> Slices:
        """Replace the learner by the one in a folder, or by a new starter.

        The samples of the old learner are not taken over: ask `load_samples` for them.
        """
        if request.folder is not None:
            # Should that fail: the learner that is there can at least hold all classes.
            self.learner.set_classes(max(self.learner.classes, request.classes))
            learner = self.loaded(request.folder, request.class_ids, request.classes)
            learner.set_classes(max(learner.classes, request.classes))
            self.version = version_of(request.folder) or WORKING
        else:
            learner = Learner(classes=request.classes, device=self.device)
            self.version = WORKING
        self.numbering = request.numbering
        self._use(learner)
        version = "" if self.version == WORKING else self.version
        yield ModelOpened(learner.model_name, learner.can_predict, version)

    def loaded(self, folder: Path, class_ids: ClassIds | None, classes: int) -> Learner:
        """Read a model, with the ids that its classes have in the project, of `classes` or more."""
        learner = Learner.load(folder, device=self.device)
        if class_ids is not None:
            _renumber(learner, class_ids, max(classes, max(class_ids) + 1))
        return learner

    def make_room(self, classes: int) -> None:
        """The project has so many class ids, or fewer than the learner knows."""
        self.learner.set_classes(max(self.learner.classes, classes))

    def renumber(self, request: RenumberClasses) -> Slices:
        """Give the classes of the learner other numbers; its samples are to be loaded anew."""
        self._is_unsaved |= self.learner.can_predict
        _renumber(self.learner, request.class_ids, request.classes)
        self.numbering = request.numbering
        self._labels = LabelCopies()
        self.knowledge += 1
        # The one on the disk has the old numbers, and would not be used after a crash.
        self.save_working_model()
        yield ClassesRenumbered(request.numbering, self.knowledge)

    def install(self, learner: Learner) -> Slices:
        """Use a learner that was made elsewhere, on the same samples, from the end on.

        Its head is solved before, again for strokes that come meanwhile; they are still answered
        by the learner in use.
        """
        while dict(learner.samples) != dict(self.learner.samples):
            learner.take_samples(self.learner)
            with suppress(NothingToLearn):
                yield from learner.solve_head_steps()
        self.use(learner, WORKING)
        yield None

    def set_averaging(self, kind: str) -> Slices:
        """Average predictions over "flips" or "full", or "off"."""
        if kind not in get_args(Averaging):
            raise ValueError(f"{kind} is no way to average predictions")
        self.averaging = cast(Averaging, kind)
        self.knowledge += 1
        yield AveragingSet(self.knowledge)

    def set_grouping(self, expression: str) -> None:
        """Hold images out together whose names agree in this regular expression."""
        self._grouping = partial(group_of, expression=expression)
        self.learner.set_grouping(self._grouping)

    def set_training(self, changes: Mapping[str, Any]) -> None:
        """Change fields of the `TrainSettings`; kept with the model. Raises ValueError."""
        settings = replace(self.learner.settings.train, **changes)
        self.learner.set_training(settings)
        self._is_unsaved = True

    def _use(self, learner: Learner) -> None:
        learner.set_grouping(self._grouping)
        self.learner = learner
        self.knowledge += 1

    def load_samples(self, samples: Sequence[tuple[ImageRef, Path]]) -> Slices:
        """Put labelled images into the learner and solve its head."""
        for image, label_file in samples:
            try:
                labels, _ = read_label_png(label_file)
                self.learner.put_sample(image.key, self.read(image), labels)
            except (OSError, ValueError) as error:
                yield Failed(f"{image.key} is left out of learning: {error}", image)
            yield None
        yield from self._solve_head()
        yield SamplesLearned(len(self.learner.samples), self.knowledge)

    def answer_stroke(self, request: AnswerStroke) -> Slices:
        """Learn the labels of an image at once, and predict that image again."""
        try:
            labels = self._labels.follow(request)
        except StepMissed:
            yield StepsMissed(request.image)
            return
        self.learner.put_sample(request.image.key, self.read(request.image), labels)
        yield None
        yield from self._solve_head()
        yield from self.predict_image(request.image, request.first, is_watched=True)

    def predict_image(
        self,
        image: ImageRef,
        first: tuple[int, int, int, int] | None = None,
        *,
        is_watched: bool = False,
    ) -> Slices:
        """Predict one image; a suggestion as long as the model has learned nothing.

        Of a large one that `is_watched` the parts are told as they come, `first` before the rest.
        """
        rgb = self.read(image)
        yield None
        knowledge, version = self.knowledge, self.version
        is_suggestion = not self.learner.can_predict
        if is_suggestion:
            prediction = yield from suggest_steps(rgb)
        else:
            parts = Parts(image, rgb.shape[:2], is_wanted=is_watched)
            prediction = yield from parts.told(
                self.learner.predict_steps(
                    rgb, key=image.key, first=first, averaging=self.averaging, tell=parts.take
                )
            )
        yield Predicted(
            image=image,
            labels=_frozen(prediction.labels),
            confidence=_frozen(prediction.confidence),
            is_suggestion=is_suggestion,
            version=SUGGESTION if is_suggestion else version,
            knowledge=knowledge,
            traits=Traits(mean_doubt(prediction.labels, prediction.confidence), describe(rgb)),
            runner_up=None if prediction.runner_up is None else _frozen(prediction.runner_up),
        )

    def segment_folder(self, images: Sequence[ImageRef]) -> Slices:
        """Predict many images; one that cannot be read is reported and the others go on.

        While one is predicted, the next one is decoded in another thread.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="maskloop-decode") as decoder:
            coming: Future[NDArray[np.uint8] | None] | None = None
            for done, image in enumerate(images):
                yield FolderProgress(done, len(images))
                try:
                    if coming is not None and (rgb := coming.result()) is not None:
                        self._keep(image, rgb)
                    coming = None
                    if done + 1 < len(images) and images[done + 1] not in self._images:
                        coming = decoder.submit(_load_unless_large, images[done + 1].path)
                    yield from self.predict_image(image)
                except (ImageReadError, OSError) as error:
                    coming = None
                    yield Failed(str(error), image)
        yield FolderProgress(len(images), len(images))

    def learn(self, *, seconds: float | None = None) -> Slices:
        """Fine-tune until nothing is gained any more, or for `seconds`; publish what is better."""
        try:
            for report in self.learner.train(seconds=seconds):
                yield Learned(report.step, report.loss, report.validation, report.seconds)
                if report.is_published:
                    yield self._publish(report.validation)
                if report.is_finished:
                    break
        except NothingToLearn as reason:
            yield LearningStopped(str(reason))
            return
        yield LearningStopped("Nothing more to gain from these strokes: paint where it is wrong.")

    def save_working_model(self) -> None:
        """Keep the model in use, with its latest head, for the next start.

        Not where the project is gone: that would make its folder again, empty.
        """
        if self._is_unsaved and self.models_folder.parent.is_dir():
            about = {"version": self.version, "numbering": self.numbering}
            self.learner.save(self.models_folder / WORKING, about)
            self._is_unsaved = False

    def _solve_head(self) -> Slices:
        try:
            yield from self.learner.solve_head_steps()
        except NothingToLearn as reason:
            yield LearningStopped(str(reason))
            return
        self.knowledge += 1
        self._is_unsaved = True

    def _publish(self, validation: float | None) -> Published:
        folder = self.write_version()
        self.knowledge += 1
        images, pixels = self.labels_used
        return Published(self.version, folder, validation, images, self.knowledge, pixels)

    def write_version(self) -> Path:
        """Write the model in use as the next version, which it is from now on; the folder."""
        folder = self.models_folder / self.next_version()
        self.learner.save(folder)
        self.version = folder.name
        self._is_unsaved = True
        return folder

    @property
    def labels_used(self) -> tuple[int, int]:
        """How many images and labelled pixels the model learns from."""
        samples = self.learner.samples.values()
        return len(samples), sum(sample.labelled for sample in samples)

    def next_version(self) -> str:
        """`v0001`, `v0002` ...: one more than the highest that was ever kept."""
        folder = self.models_folder
        names = folder.iterdir() if folder.exists() else ()
        numbers = [int(match[1]) for path in names if (match := re.fullmatch(r"v(\d+)", path.name))]
        return f"v{max(numbers, default=0) + 1:04d}"

    def use(self, learner: Learner, version: str) -> None:
        """Go on with another learner, on the same samples."""
        learner.take_samples(self.learner)
        self._use(learner)
        self.version = version
        self._is_unsaved = True

    def read(self, image: ImageRef) -> NDArray[np.uint8]:
        """Decode an image, or take it from the few that were read last."""
        if image in self._images:
            self._images.move_to_end(image)
            return self._images[image]
        rgb = load_image(image.path)
        self._keep(image, rgb)
        return rgb

    def _keep(self, image: ImageRef, rgb: NDArray[np.uint8]) -> None:
        self._images[image] = rgb
        while len(self._images) > 1 and _pixels(self._images) > _KEPT_PIXELS:
            self._images.popitem(last=False)


def _renumber(learner: Learner, class_ids: ClassIds, classes: int) -> None:
    # A class that is not among the ids is none of the project's.
    ids = (*class_ids, *[-1] * learner.classes)[: learner.classes]
    learner.renumber(ids, classes)


def _load_unless_large(path: Path) -> NDArray[np.uint8] | None:
    """A very large image is decoded in its turn: two of them may not fit into memory."""
    width, height = image_size(path)
    return load_image(path) if width * height <= _KEPT_PIXELS else None


def _pixels(images: OrderedDict[ImageRef, NDArray[np.uint8]]) -> int:
    return sum(image.shape[0] * image.shape[1] for image in images.values())


def _frozen(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array
