"""What the session asks of the engine for one project, and how up to date each prediction is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from app.document import grouping
from app.document.project import ImageItem, Project
from app.engine.engine import Engine
from app.engine.events import Event
from app.engine.requests import (
    AnswerStroke,
    BlankLabels,
    CancelFolder,
    CancelStart,
    ClassIds,
    FindConflicts,
    ImageRef,
    ImportModel,
    KeepVersion,
    LabelStep,
    LoadSamples,
    PredictImage,
    PredictWith,
    RenumberClasses,
    SegmentFolder,
    SetAveraging,
    SetClasses,
    SetGrouping,
    SetLearning,
    StartFrom,
    Urgency,
    UsePretrained,
    UseVersion,
)
from app.opening import OpenImage
from app.version_classes import ids_now, opening

Box = tuple[int, int, int, int]

AVERAGING = "averaging"
"""The setting of a project for `SetAveraging`."""


class ModelLink:
    """The engine of one open project. `emit` is called in the engine's thread."""

    def __init__(
        self,
        project: Project,
        emit: Callable[[Event], None],
        *,
        device: str = "auto",
        is_new: bool = False,
    ) -> None:
        """`is_new`: begin with a new model, whatever is in the folder of the project."""
        self._project = project
        self._knowledge = 0
        self._predicted_with: dict[int, int] = {}
        self._answered: Callable[[], OpenImage | None] = lambda: None
        self._steps = 0
        self._told: set[int] = set()
        self._engine = Engine(project.models_folder, emit, device=device)
        self._engine.ask(opening(project, is_new=is_new))
        self.set_grouping(str(project.setting(grouping.SETTING, "")))
        self.averaging = "off"
        averaging = str(project.setting(AVERAGING, "off"))
        if averaging != "off":
            self.set_averaging(averaging)
        self._engine.start()

    def stop(self) -> bool:
        """Keep the model and end the engine; False when it does not end."""
        return self._engine.stop()

    def abandon(self) -> None:
        """Let the engine go without waiting and without keeping its model."""
        self._engine.abandon()

    def look_at(self, item: ImageItem, *, has_prediction: bool, first: Box | None = None) -> None:
        """This image is on screen: predict it, unless its prediction is up to date.

        `first` = x0, y0, x1, y1: the part that is seen.
        """
        if not has_prediction or not self._is_fresh(item):
            self._engine.ask(PredictImage(self._ref(item), first))

    def prefetch(self, item: ImageItem) -> None:
        """This image may be on screen next."""
        if not self._is_fresh(item):
            self._engine.ask(PredictImage(self._ref(item), urgency=Urgency.PREFETCH))

    def answer(self, image: OpenImage, step: LabelStep, *, first: Box | None = None) -> None:
        """The labels of the image on screen changed by this step, the first one or the next one."""
        labels: NDArray[np.uint8] | BlankLabels | None = None
        if image is not self._answered():
            self._answered, self._steps = ref(image), 0
            labels, image.labels_as_opened = image.labels_as_opened, None
            if labels is None:
                height, width = image.layers.labels.shape
                labels = BlankLabels((height, width))
        self._steps += 1
        self._told.add(image.item.id)
        self._engine.ask(AnswerStroke(self._ref(image.item), labels, (step,), self._steps, first))

    def answer_whole(self, image: OpenImage) -> None:
        """The engine has missed a step of the image on screen: tell it everything."""
        self._answered, self._steps = ref(image), 0
        self._told.add(image.item.id)
        self._engine.ask(AnswerStroke(self._ref(image.item), image.layers.labels.copy()))

    def segment(self, items: Sequence[ImageItem]) -> None:
        """Predict all of these whose prediction is out of date, in this order."""
        stale = tuple(self._ref(item) for item in items if not self._is_fresh(item))
        if stale:
            self._engine.ask(SegmentFolder(stale))

    def find_conflicts(self) -> None:
        """Look for labels that a held-out model disagrees with."""
        self._engine.ask(FindConflicts())

    def cancel_segmentation(self) -> None:
        """Stop predicting the folder, and looking for conflicts."""
        self._engine.ask(CancelFolder())

    def learn_stored_labels(self) -> None:
        """Learn from all label files of the project; forget images that have no labels any more."""
        images = self._project.images
        labelled = self._project.labelled_images()
        emptied = sorted(self._told.difference(labelled))
        self._told.update(labelled)
        samples = tuple(
            (self._ref(images[image_id]), self._project.label_path(image_id))
            for image_id in (*labelled, *emptied)
            if image_id in images and self._project.label_path(image_id).exists()
        )
        if samples:
            self._engine.ask(LoadSamples(samples))

    def set_classes(self, classes: int) -> None:
        """The project has class ids 0 .. classes - 1."""
        self._engine.ask(SetClasses(classes))

    def renumber(self, class_ids: ClassIds) -> None:
        """Class k is now `class_ids[k]`; ask for the samples anew."""
        classes, number = self._project.classes.count_for_model, self._project.numbering.number
        self._engine.ask(RenumberClasses(class_ids, classes, number))

    def set_learning(self, *, is_on: bool) -> None:
        """Fine-tune in idle time, or do not."""
        self._engine.ask(SetLearning(is_on))

    def set_averaging(self, kind: str) -> None:
        """Average predictions over "flips" or "full", or "off"."""
        self.averaging = kind
        self._engine.ask(SetAveraging(kind))

    def set_grouping(self, expression: str) -> None:
        """Hold images out together whose names agree in this regular expression."""
        self._engine.ask(SetGrouping(expression))

    def use_pretrained(self, name: str, class_ids: tuple[int, ...]) -> None:
        """Fetch a published model; its class k is the project's `class_ids[k]`."""
        self._engine.ask(UsePretrained(name, class_ids))

    def start_from(self, name: str, *, is_pretrained: bool) -> None:
        """Make a new model of that name and go on with it."""
        self._engine.ask(StartFrom(name, "imagenet" if is_pretrained else None))

    def cancel_start(self) -> None:
        """Make no other model."""
        self._engine.ask(CancelStart())

    def use_version(self, name: str) -> None:
        """Go on with that version."""
        folder, ids = self._project.version_folder(name), ids_now(self._project, name)
        self._engine.ask(UseVersion(name, folder, ids))

    def keep_version(self) -> None:
        """Write the model in use as a version of its own."""
        self._engine.ask(KeepVersion())

    def import_model(self, file: Path, class_ids: tuple[int, ...], classes: int) -> None:
        """Make a packed model a version; its class k is `class_ids[k]` of `classes`."""
        self._engine.ask(ImportModel(file, class_ids, classes))

    def predict_with(self, item: ImageItem, name: str, *, first: Box | None = None) -> None:
        """What does that version make of this image?"""
        folder, ids = self._project.version_folder(name), ids_now(self._project, name)
        self._engine.ask(PredictWith(self._ref(item), name, folder, ids, first))

    def note_predicted(self, image_id: int, knowledge: int) -> bool:
        """A prediction has come, made with that knowledge; False: one that knows more was there.

        A slow one, of the folder, may have begun before a stroke that was answered meanwhile.
        """
        if knowledge < self._predicted_with.get(image_id, -1):
            return False
        self._predicted_with[image_id] = knowledge
        return True

    def note_knowledge(self, knowledge: int) -> bool:
        """The model has learned so much; whether that is news, so that predictions are stale."""
        is_news = knowledge > self._knowledge
        self._knowledge = max(self._knowledge, knowledge)
        return is_news

    def _is_fresh(self, item: ImageItem) -> bool:
        return self._predicted_with.get(item.id, -1) >= self._knowledge

    def _ref(self, item: ImageItem) -> ImageRef:
        return ImageRef(item.name, self._project.folder / item.name)
