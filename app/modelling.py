"""What the session does with the model: answers to strokes, predictions, the folder, published."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.document import grouping
from app.document.classes import ClassTable
from app.document.project import ImageItem, ImageState, Project
from app.engine.events import (
    AveragingSet,
    ClassesRenumbered,
    ConflictSearch,
    ConflictsFound,
    DownloadProgress,
    EngineReady,
    Event,
    Failed,
    FolderProgress,
    ModelStarted,
    PartPredicted,
    Predicted,
    PredictedWith,
    PretrainedReady,
    Published,
    SamplesLearned,
    StartCancelled,
    StepsMissed,
    VersionKept,
    VersionOpened,
)
from app.engine.requests import ClassIds, LabelStep
from app.learning import LearningState, learning_after
from app.model_link import AVERAGING, ModelLink
from app.notices import Progress
from app.opening import OpenImage

if TYPE_CHECKING:
    from app.session import Session

_OF_PIXELS = (Predicted, PartPredicted, PredictedWith, ConflictsFound)
logger = logging.getLogger(__name__)

_UNTOUCHED = (ImageState.NEW, ImageState.SUGGESTED, ImageState.PREDICTED, ImageState.FAILED)


class Modelling:
    """The engine of the open project, and what is done with its events. GUI thread."""

    def __init__(self, session: Session, *, device: str) -> None:
        self._session = session
        self._device = device
        self._link: ModelLink | None = None
        self._current = object()
        self._held: ClassTable | None = None
        self._awaited: int | None = None

    def begin(self, project: Project) -> None:
        """Start the engine of a project."""
        self._start(project)

    def restart(self, *, is_model_broken: bool = False) -> None:
        """Start a new engine on the same project: it learns from the labels that are kept.

        With the model in use, unless that is broken: then with a new one.
        """
        session, project = self._session, self._session.project
        if project is None or self._link is None:
            return
        self._link.abandon()
        session.new_models.forget()
        session.conflicts.give_up()
        session.editing.save_labels()
        self._drop_parts()
        now = session.learning
        state = LearningState(scores=now.scores, summary=now.summary, is_paused=now.is_paused)
        session.set_learning(state)
        self._start(project, is_new=is_model_broken)
        if state.is_paused:
            self._link.set_learning(is_on=False)
        self.learn_stored_labels()
        if session.image is not None:
            self.look_at(session.image)
            if session.image.layers.has_labels:
                self._link.answer_whole(session.image)
        self.segment_folder()

    def _start(self, project: Project, *, is_new: bool = False) -> None:
        """A new engine; what an earlier one still says is for nobody."""
        session, self._current = self._session, object()
        engine = self._current

        def heard(event: Event) -> None:
            if engine is self._current:
                session.engine_spoke.emit(project, event)

        self._link = ModelLink(project, heard, device=self._device, is_new=is_new)
        if not session.reclassing.is_busy:
            self._held = None

    def end(self) -> None:
        """Keep the model and stop the engine."""
        if self._link is not None and not self._link.stop():
            logger.warning("the engine did not end in time")
        self._link = None

    # What is asked of the engine

    def look_at(self, image: OpenImage) -> None:
        """This image is on screen: predict it, unless its prediction is up to date."""
        if self._link is not None and not image.is_giant:
            has_prediction = image.layers.prediction is not None
            self._link.look_at(
                image.item, has_prediction=has_prediction, first=self._session.visible
            )

    def prefetch(self, item: ImageItem) -> None:
        """This image may be on screen next."""
        if self._link is not None:
            self._link.prefetch(item)

    def answer(self, image: OpenImage, step: LabelStep) -> None:
        """The labels of the image on screen changed by this step: learn from it."""
        if self._link is not None and not image.is_giant:
            self._link.answer(image, step, first=self._session.visible)

    def learn_stored_labels(self) -> None:
        """Learn from all label files of the project; while classes change, when that is done."""
        if self._link is not None and not self._session.reclassing.is_busy:
            self._link.learn_stored_labels()

    def set_classes(self, classes: int) -> None:
        """The project has class ids 0 .. classes - 1."""
        if self._link is not None:
            self._link.set_classes(classes)

    @property
    def classes(self) -> ClassTable:
        """The classes whose numbers the engine tells: those of before while they change."""
        return self._session.classes if self._held is None else self._held

    def hold(self) -> None:
        """The classes get other numbers: what the engine tells from now on is not shown or kept."""
        self._held, self._awaited = self.classes, None
        self._drop_parts()

    def renumber(self, class_ids: ClassIds) -> None:
        """Class k is now `class_ids[k]` of the project's; then the engine is heard again."""
        session = self._session
        if self._link is not None and session.project is not None:
            self._awaited = session.project.numbering.number
            self._link.renumber(class_ids)

    def release(self) -> None:
        """The classes keep their numbers after all."""
        self._held = None

    def pause(self) -> None:
        """No more fine-tuning; strokes are still answered."""
        self._session.set_learning(replace(self._session.learning, is_paused=True))
        if self._link is not None:
            self._link.set_learning(is_on=False)

    def resume(self) -> None:
        """Fine-tune again while nothing else is asked."""
        self._session.set_learning(replace(self._session.learning, is_paused=False))
        if self._link is not None:
            self._link.set_learning(is_on=True)

    @property
    def averaging(self) -> str:
        """How predictions are averaged: over "flips", over these and more ("full"), or "off"."""
        return "off" if self._link is None else self._link.averaging

    def set_averaging(self, kind: str) -> None:
        """Average predictions in this way from now on; all images are predicted anew."""
        project = self._session.project
        if project is None or self._link is None or kind == self.averaging:
            return
        if not project.is_read_only:
            project.set_setting(AVERAGING, kind)
        self._link.set_averaging(kind)
        self._session.averaging_changed.emit()

    def set_grouping(self, expression: str) -> None:
        """Images whose names agree in this regular expression belong together."""
        project = self._session.project
        if project is None or self._link is None or project.is_read_only:
            return
        project.set_setting(grouping.SETTING, expression)
        self._link.set_grouping(expression)

    @property
    def link(self) -> ModelLink | None:
        """The engine of the open project."""
        return self._link

    def segment_folder(self) -> None:
        """Predict every image of the folder again, from the one on screen onwards."""
        items = [item for item in self._session.images() if item.state is not ImageState.REVIEWED]
        shown = self._session.wanted_image
        here = next((n for n, item in enumerate(items) if item.id == shown), 0)
        if self._link is not None:
            self._link.segment(items[here:] + items[:here])

    def find_conflicts(self) -> None:
        """Look for labels that a held-out model disagrees with."""
        if self._link is not None:
            self._link.find_conflicts()

    def cancel_segmentation(self) -> None:
        """Stop predicting the folder, and looking for conflicts."""
        if self._link is not None:
            self._link.cancel_segmentation()

    @staticmethod
    def try_model(folder: Path) -> None:
        """Read a model, to see whether it can be read. Any thread; raises what is wrong."""
        from segmodels import Learner

        Learner.load(folder, device="cpu")

    # What the engine says

    def hear(self, project: Project, event: Event) -> None:
        """Take an event of the engine of this project."""
        session = self._session
        if project is not session.project:
            return
        session.set_learning(learning_after(session.learning, event))
        if self._held is not None and isinstance(event, _OF_PIXELS):
            return
        match event:
            case EngineReady():
                session.reviewing.summarise()
                session.queue.refresh()
            case StepsMissed():
                shown = session.image
                if shown is not None and shown.item.name == event.image.key and self._link:
                    self._link.answer_whole(shown)
            case Predicted():
                self._take_prediction(project, event)
            case PartPredicted():
                self._take_part(event)
            case FolderProgress():
                self._show_folder_progress(event)
            case ConflictSearch() | ConflictsFound():
                session.conflicts.take(event)
            case Published():
                session.versions.take_published(project, event)
                self._take_new_model(event.knowledge)
            case VersionOpened():
                session.versions.take_opened(project, event)
                self._take_new_model(event.knowledge)
            case VersionKept():
                session.versions.take_kept(project, event)
            case PredictedWith():
                session.comparison.take(event)
            case SamplesLearned() | AveragingSet():
                self._take_new_model(event.knowledge)
            case ClassesRenumbered():
                if event.numbering == self._awaited:
                    self._held = None
                self._take_new_model(event.knowledge)
            case PretrainedReady() | ModelStarted():
                session.new_models.hear(project, event)
                self._take_new_model(event.knowledge)
            case DownloadProgress() | StartCancelled():
                session.new_models.hear(project, event)
            case Failed():
                self._take_failure(project, event)

    def _take_new_model(self, knowledge: int) -> None:
        """Every prediction is out of date: first the one on screen, then the folder."""
        self._take_knowledge(knowledge)
        self.segment_folder()

    def _take_knowledge(self, knowledge: int) -> None:
        is_news = self._link is not None and self._link.note_knowledge(knowledge)
        if is_news and self._session.image is not None:
            self.look_at(self._session.image)

    def _take_prediction(self, project: Project, event: Predicted) -> None:
        session = self._session
        item = session.item_named(event.image.key)
        if item is None or self._link is None:
            return
        if not self._link.note_predicted(item.id, event.knowledge):
            return
        if event.is_suggestion and not session.classes.has_suggested:
            return
        if event.traits is not None:
            session.queue.take(item.name, event.traits)
        if not project.is_read_only:
            project.save_prediction(
                item.id,
                event.labels,
                event.confidence,
                is_suggestion=event.is_suggestion,
                version=event.version,
                runner_up=event.runner_up,
            )
        if project.images.get(item.id) != item:
            session.images_changed.emit((item.id,))
        self._take_knowledge(event.knowledge)
        image = session.image
        if image is None or image.item.id != item.id:
            return
        if event.labels.shape == image.layers.labels.shape:
            image.layers.take_prediction(
                event.labels, event.confidence, event.runner_up, is_suggestion=event.is_suggestion
            )
            session.prediction_changed.emit()

    def _take_part(self, event: PartPredicted) -> None:
        """Show a part of a large prediction; nothing is kept of it before the whole is there."""
        image = self._session.image
        if image is None or image.item.name != event.image.key:
            return
        if image.layers.labels.shape == event.size:
            image.layers.parts.append(event.part)
            self._session.prediction_part_arrived.emit(event.part)

    def _drop_parts(self) -> None:
        """The rest of a prediction of which parts are on screen will not come."""
        if self._session.image is not None:
            self._session.image.layers.parts.clear()
            self._session.prediction_changed.emit()

    def _take_failure(self, project: Project, event: Failed) -> None:
        session = self._session
        item = session.item_named(event.image.key) if event.image else None
        if item is not None and item.state in _UNTOUCHED and not project.is_read_only:
            session.set_state(item.id, ImageState.FAILED, event.sentence)
        shown = session.image
        is_on_screen = shown is not None and item is not None and shown.item.id == item.id
        if event.image is None:
            session.conflicts.give_up()
            session.new_models.hear(project, event)
        if event.needs_restart or is_on_screen:
            self._drop_parts()
        if event.needs_restart:
            session.show_progress(None)
            again = partial(self.restart, is_model_broken=event.is_model_broken)
            text = session.tr("Restart learning")
            session.tell(event.sentence, is_error=True, action_text=text, action=again)
        elif event.image is None or is_on_screen:
            session.show_progress(None)
            session.tell(event.sentence, is_error=True)

    def _show_folder_progress(self, event: FolderProgress) -> None:
        if self._session.new_models.is_making:
            return
        if event.is_cancelled or event.done == event.total:
            self._session.show_progress(None)
        else:
            text = self._session.tr("Segmenting the folder")
            self._session.show_progress(Progress(text, event.done, event.total))
