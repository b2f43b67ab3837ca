"""The session: the only mutator of the open project, and the hub of all its signals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.background import BackgroundWork
from app.document.classes import DEFAULT, UNLABELLED, ClassTable
from app.document.edit import EditRecorder, Rect, apply_edit, revert_edit
from app.document.errors import (
    ClassError,
    DocumentError,
    EditError,
    ProjectLocked,
    ProjectTooNew,
)
from app.document.project import ImageItem, ImageState, Project
from app.engine.messages import (
    Download,
    Event,
    Failed,
    FolderProgress,
    Predicted,
    PretrainedReady,
    Published,
    SamplesLearned,
)
from app.file_jobs import FileJobs
from app.learning import LearningState, learning_after
from app.model_link import ModelLink
from app.notices import Message, Progress
from app.opening import ImageOpener, OpenImage
from app.scoring import Score, keep_baseline, measure_score

logger = logging.getLogger(__name__)

_UNTOUCHED = (ImageState.NEW, ImageState.SUGGESTED, ImageState.PREDICTED, ImageState.FAILED)


class Session(QObject):
    """One open project, the image on screen, and the engine that learns from it.

    All methods are for the GUI thread. Signals tell what has happened; see each comment.
    """

    project_opened = Signal()
    project_closed = Signal()
    images_changed = Signal(object)  # tuple of the ids whose item changed; () = the whole list
    image_changed = Signal()  # another image is on screen, or none
    labels_changed = Signal(int, int, int, int)  # x, y, width, height; also during a stroke
    prediction_changed = Signal()
    classes_changed = Signal()
    class_selected = Signal(int)
    history_changed = Signal()
    saved_changed = Signal(bool)
    learning_changed = Signal(object)  # LearningState
    progress_changed = Signal(object)  # Progress or None
    message_shown = Signal(object)  # Message

    _engine_spoke = Signal(object, object)
    _image_arrived = Signal(object, object, object)
    _saver_spoke = Signal(object, object)
    _work_reported = Signal(object)

    def __init__(self, parent: QObject | None = None, *, device: str = "auto") -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.image: OpenImage | None = None
        self.current_class = 1
        self.learning = LearningState()
        self.is_saved = True
        self._device = device
        self._model: ModelLink | None = None
        self._opener: ImageOpener | None = None
        self._wanted_image: int | None = None
        self._told_notices = 0
        self._scan: Iterator[object] | None = None
        self._scan_timer = QTimer(self, interval=0)
        self._scan_timer.timeout.connect(self._scan_some)
        self._files: FileJobs | None = None
        self._engine_spoke.connect(self._hear_engine)
        self._image_arrived.connect(self._show_arrived)
        self._saver_spoke.connect(self._hear_saver)
        self._work_reported.connect(self._run_report)

    # --- the project ---------------------------------------------------------------------

    def open_folder(self, folder: Path, *, read_only: bool = False) -> bool:
        """Open the project of a folder, closing the one that is open; whether it opened."""
        self.close()
        try:
            project = Project.open(
                folder,
                read_only=read_only,
                on_saved=lambda is_saved: self._saver_spoke.emit(folder, is_saved),
                on_failed=lambda error: self._saver_spoke.emit(folder, error),
            )
        except (ProjectLocked, ProjectTooNew) as error:
            look = partial(self.open_folder, folder, read_only=True)
            text = self.tr("Open to look")
            self.tell(str(error), is_error=True, action_text=text, action=look)
            return False
        except (DocumentError, OSError) as error:
            self.tell(str(error), is_error=True)
            return False
        self._take_project(project)
        return True

    def _take_project(self, project: Project) -> None:
        self.project = project
        self.learning = replace(LearningState(), scores=_stored_scores(project))
        self.is_saved = project.is_saved
        self._told_notices = 0
        work = BackgroundWork(self._work_reported.emit, self._show_progress)
        self._files = FileJobs(self, project, work)
        self._opener = ImageOpener(project, partial(self._image_arrived.emit, project))
        heard = partial(self._engine_spoke.emit, project)
        self._model = ModelLink(project, heard, device=self._device)
        self.project_opened.emit()
        self.classes_changed.emit()
        self.select_class(min(1, len(project.classes) - 1))
        self.learning_changed.emit(self.learning)
        self.saved_changed.emit(self.is_saved)
        self._tell_notices(project)
        self._scan = iter(project.rescan())
        self._scan_timer.start()

    def _tell_notices(self, project: Project) -> None:
        for notice in project.notices[self._told_notices :]:
            self.tell(notice)
        self._told_notices = len(project.notices)

    def close(self) -> None:
        """Keep everything, stop the engine and the writer, and wait for both."""
        if self.project is None:
            return
        project, self.project = self.project, None
        self._scan_timer.stop()
        if self._files is not None:
            self._files.close()
        if self._opener is not None:
            self._opener.close()
        self._leave_image(project)
        if self._model is not None and not self._model.stop():
            logger.warning("the engine did not end in time")
        project.close()
        self._model = self._opener = self._files = None
        self._wanted_image = None
        self.progress_changed.emit(None)
        self.image_changed.emit()
        self.project_closed.emit()

    def images(self) -> list[ImageItem]:
        """The images of the folder, in order."""
        return list(self.project.images.values()) if self.project else []

    def _scan_some(self) -> None:
        """Take in some images of the folder in each turn of the event loop."""
        if self.project is None or self._scan is None:
            return
        try:
            if next(self._scan, None) is not None:
                self.images_changed.emit(())
                self._show_first_image()
                return
        except OSError as error:
            self.tell(f"The folder cannot be read to its end: {error}", is_error=True)
        self._scan_timer.stop()
        self._scan = None
        self.images_changed.emit(())
        if not self.project.images:
            self.tell(
                f"There is no image in {self.project.folder.name}. Maskloop reads PNG, JPEG, "
                "BMP, TIFF and WebP."
            )
            return
        self._show_first_image()
        if self._model is not None:
            self._model.learn_stored_labels()
        self.segment_folder()

    def _show_first_image(self) -> None:
        if self.project is None or self._wanted_image is not None or not self.project.images:
            return
        last = self._item_named(self.project.setting("last_image", ""))
        self.show_image(last.id if last else next(iter(self.project.images)))

    # --- the image on screen -------------------------------------------------------------

    def show_image(self, image_id: int) -> None:
        """Bring an image to the screen; `image_changed` tells when it is there."""
        if self.project is None or self._opener is None or image_id == self._wanted_image:
            return
        if self.image is not None and self.image.item.id == image_id:
            self._wanted_image = image_id
            return
        self._leave_image(self.project)
        self._wanted_image = image_id
        self._opener.open(image_id)

    def show_next(self) -> None:
        """The next image of the folder."""
        self._step(+1, lambda item: True)

    def show_previous(self) -> None:
        """The image before."""
        self._step(-1, lambda item: True)

    def show_next_unreviewed(self) -> None:
        """The next image that is not reviewed; from the end it goes on at the start."""
        self._step(+1, lambda item: item.state is not ImageState.REVIEWED, wraps=True)

    def _step(self, step: int, wanted: Callable[[ImageItem], bool], *, wraps: bool = False) -> None:
        items = self.images()
        here = next((n for n, item in enumerate(items) if item.id == self._wanted_image), None)
        if here is None:
            return
        ahead = items[here + 1 :] if step > 0 else items[:here][::-1]
        if wraps:
            ahead += items[:here]
        found = next((item for item in ahead if wanted(item)), None)
        if found is not None:
            self.show_image(found.id)
        elif wraps:
            self.tell("Every image is reviewed. Export the masks with Ctrl+E.")

    def _leave_image(self, project: Project) -> None:
        if self.image is None:
            return
        image, self.image = self.image, None
        has_edits = image.history.undo_name or image.history.redo_name
        if has_edits and not project.is_read_only:
            project.checkpoint(image.item.id, image.layers.labels.copy())
        self._wanted_image = None

    def _show_arrived(self, project: Project, image_id: int, result: OpenImage | Exception) -> None:
        if project is not self.project or image_id != self._wanted_image:
            return
        if isinstance(result, Exception):
            self._set_state(image_id, ImageState.FAILED, str(result))
            self.tell(str(result), is_error=True)
            self.image_changed.emit()
            return
        self.image = result
        if self._state(image_id) is ImageState.FAILED:
            self._set_state(image_id, ImageState.NEW)
        if not project.is_read_only:
            project.set_setting("last_image", result.item.name)
        self.image_changed.emit()
        self.history_changed.emit()
        self._tell_notices(project)
        self._predict_on_screen(result)
        self._prefetch_neighbours(project, image_id)

    def _predict_on_screen(self, image: OpenImage) -> None:
        if self._model is not None:
            self._model.look_at(image.item, has_prediction=image.layers.prediction is not None)

    def _prefetch_neighbours(self, project: Project, image_id: int) -> None:
        if self._opener is None or self._model is None:
            return
        ids = list(project.images)
        here = ids.index(image_id)
        for neighbour in ids[here + 1 : here + 2] + ids[max(0, here - 1) : here]:
            self._opener.prefetch(neighbour)
            self._model.prefetch(project.images[neighbour])

    # --- edits ---------------------------------------------------------------------------

    @property
    def can_edit(self) -> bool:
        """Whether there is an image on screen whose labels may be changed."""
        return self.image is not None and self.project is not None and not self.project.is_read_only

    def begin_edit(self) -> EditRecorder:
        """Start changing the labels on screen; touch each rectangle before writing there."""
        if self.image is None:
            raise RuntimeError("there is no image to edit")
        if not self.can_edit:
            self.tell(self.tr("This project was opened to look only: nothing can be changed."))
        return EditRecorder(self.image.layers.labels)

    def note_painted(self, x: int, y: int, width: int, height: int) -> None:
        """Label pixels of an edit in work have changed: let everybody draw them."""
        self.labels_changed.emit(x, y, width, height)

    def commit_edit(self, recorder: EditRecorder, name: str) -> bool:
        """Make the change one undoable edit, write it to the journal, and let the model learn.

        Returns whether anything had changed.
        """
        if self.project is None or self.image is None:
            return False
        if not self.can_edit:
            self.cancel_edit(recorder)
            return False
        edit = recorder.commit(name)
        if edit is None:
            return False
        image = self.image
        if self._state(image.item.id) in _UNTOUCHED:
            self._keep_baseline(self.project, image)
        image.history.push(edit)
        self.project.commit_edit(image.item.id, edit)
        self._after_change(image, edit.bounds)
        return True

    def cancel_edit(self, recorder: EditRecorder) -> None:
        """Put back what the edit in work has changed."""
        changed = recorder.cancel()
        if changed is not None:
            self.labels_changed.emit(*_box(changed))

    def undo(self) -> None:
        """Take back the last edit of the image on screen."""
        image = self.image
        if not self.can_edit or image is None or image.history.undo_name is None:
            return
        edit = image.history.undo()
        try:
            changed = revert_edit(image.layers.labels, edit)
        except EditError as error:
            image.history.redo()
            self.tell(str(error), is_error=True)
            return
        self._open_project.commit_undo(image.item.id, edit)
        self._after_change(image, changed)

    def redo(self) -> None:
        """Do again what was undone."""
        image = self.image
        if not self.can_edit or image is None or image.history.redo_name is None:
            return
        edit = image.history.redo()
        try:
            changed = apply_edit(image.layers.labels, edit)
        except EditError as error:
            image.history.undo()
            self.tell(str(error), is_error=True)
            return
        self._open_project.commit_redo(image.item.id, edit)
        self._after_change(image, changed)

    def accept_prediction(self) -> bool:
        """Copy the prediction into the labels where nothing is painted, as one edit."""
        image = self.image
        if image is None or image.layers.prediction is None or not self.can_edit:
            return False
        labels, prediction = image.layers.labels, image.layers.prediction
        recorder = self.begin_edit()
        recorder.touch(0, 0, labels.shape[1], labels.shape[0])
        np.copyto(labels, prediction, where=labels == UNLABELLED)
        return self.commit_edit(recorder, self.tr("Accept prediction"))

    def mark_reviewed(self) -> None:
        """The person is done with this image: what is shown becomes its labels, and is scored."""
        if self.project is None or self.image is None or not self.can_edit:
            return
        self.accept_prediction()
        self._set_state(self.image.item.id, ImageState.REVIEWED)
        self._score(self.project, self.image)

    def mark_reviewed_and_next(self) -> None:
        """Reviewed, and on to the next image that is not."""
        self.mark_reviewed()
        self.show_next_unreviewed()

    def _after_change(self, image: OpenImage, changed: Rect) -> None:
        self._set_state(image.item.id, ImageState.EDITED)
        self.images_changed.emit((image.item.id,))
        self.labels_changed.emit(*_box(changed))
        self.history_changed.emit()
        if self._model is not None:
            self._model.answer(image.item, _frozen_copy(image.layers.labels))

    # --- the honest score ----------------------------------------------------------------

    def _keep_baseline(self, project: Project, image: OpenImage) -> None:
        """Set aside the prediction that stood before the first correction of an image."""
        layers, version = image.layers, self.learning.version or self.learning.model
        if self._opener is not None and layers.prediction is not None and not layers.is_suggestion:
            self._opener.run(
                partial(keep_baseline, project, image.item.name, layers.prediction, version)
            )

    def _score(self, project: Project, image: OpenImage) -> None:
        """Measure the set-aside prediction against the finished labels, off the GUI thread."""
        labels, classes = _frozen_copy(image.layers.labels), project.classes.count_for_model

        def measure() -> None:
            score = measure_score(project, image.item.name, labels, classes)
            if score is not None:
                self._work_reported.emit(partial(self._add_score, project, image.item.id, score))

        if self._opener is not None:
            self._opener.run(measure)

    def _add_score(self, project: Project, image_id: int, score: Score) -> None:
        if project is not self.project:
            return
        project.add_score(image_id, score.version, {"mean_iou": score.mean_iou})
        others = tuple(s for s in self.learning.scores if s.image_name != score.image_name)
        self._set_learning(replace(self.learning, scores=(*others, score)))

    # --- classes -------------------------------------------------------------------------

    @property
    def classes(self) -> ClassTable:
        """The classes of the project."""
        return self.project.classes if self.project else DEFAULT

    def add_class(self, name: str) -> int:
        """Add a class at the end and select it; its id never changes its meaning.

        A name that cannot be is said; then the selected class stays.
        """
        if self._change_classes(lambda: self.classes.with_added(name)):
            added = self.classes.by_name(name.strip())
            if added is not None:
                self.select_class(added.id)
        return self.current_class

    def rename_class(self, class_id: int, name: str) -> None:
        """Give a class another name."""
        self._change_classes(lambda: self.classes.with_renamed(class_id, name))

    def recolour_class(self, class_id: int, colour: tuple[int, int, int]) -> None:
        """Give a class another colour, RGB 0..255."""
        self._change_classes(lambda: self.classes.with_recoloured(class_id, colour))

    def select_class(self, class_id: int) -> None:
        """Paint with this class from now on; an unknown id is ignored."""
        if self.classes.has(class_id):
            self.current_class = class_id
            self.class_selected.emit(class_id)

    def _change_classes(self, change: Callable[[], ClassTable]) -> bool:
        try:
            self._set_classes(change())
        except ClassError as error:
            self.tell(str(error), is_error=True)
            return False
        return True

    def _set_classes(self, classes: ClassTable) -> None:
        if self.project is None or self._model is None or self.project.is_read_only:
            return
        self.project.set_classes(classes)
        self._model.set_classes(classes.count_for_model)
        self.classes_changed.emit()

    # --- learning and models -------------------------------------------------------------

    def pause_learning(self) -> None:
        """No more fine-tuning; strokes are still answered."""
        self._set_learning(replace(self.learning, is_paused=True))
        if self._model is not None:
            self._model.set_learning(is_on=False)

    def resume_learning(self) -> None:
        """Fine-tune again while nothing else is asked."""
        self._set_learning(replace(self.learning, is_paused=False))
        if self._model is not None:
            self._model.set_learning(is_on=True)

    def segment_folder(self) -> None:
        """Predict every image of the folder again, from the one on screen onwards."""
        items = [item for item in self.images() if item.state is not ImageState.REVIEWED]
        here = next((n for n, item in enumerate(items) if item.id == self._wanted_image), 0)
        if self._model is not None:
            self._model.segment(items[here:] + items[:here])

    def cancel_segmentation(self) -> None:
        """Stop the work whose progress is shown."""
        if self._files is not None and self._model is not None:
            self._files.cancel()
            self._model.cancel_segmentation()

    def pretrained_models(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Published models on offer: name, title, class names (the first is background)."""
        from segmodels.pretrained import PRETRAINED

        return [(name, m.title, tuple(m.classes)) for name, m in PRETRAINED.items()]

    def use_pretrained(self, name: str) -> None:
        """Fetch a published model and use it; its classes are added when it has arrived."""
        if self._model is not None:
            self._show_progress(Progress(self.tr("Fetching the model"), 0, 0, can_cancel=False))
            self._model.use_pretrained(name, self._classes_with_those_of(name)[1])

    def _classes_with_those_of(self, model: str) -> tuple[ClassTable, tuple[int, ...]]:
        """The classes with those of a published model, and the id of each of its classes."""
        names = next(names for name, _, names in self.pretrained_models() if name == model)
        table, ids = self.classes.with_names(names[1:])
        return table, (0, *ids)

    def _hear_engine(self, project: Project, event: Event) -> None:
        if project is not self.project:
            return
        self._set_learning(learning_after(self.learning, event))
        match event:
            case Predicted():
                self._take_prediction(project, event)
            case FolderProgress():
                self._show_folder_progress(event)
            case Published():
                details = {"validation": event.validation, "images": event.samples}
                project.add_version(event.version, details)
                self._model_changed(event.knowledge)
            case SamplesLearned():
                self._model_changed(event.knowledge)
            case PretrainedReady():
                self._set_classes(self._classes_with_those_of(event.name)[0])
                self._show_progress(None)
                self._model_changed(event.knowledge)
            case Download():
                text = self.tr("Fetching the model")
                self._show_progress(Progress(text, event.done, event.total, can_cancel=False))
            case Failed():
                self._take_failure(project, event)

    def _model_changed(self, knowledge: int) -> None:
        """Every prediction is out of date: first the one on screen, then the folder."""
        self._take_knowledge(knowledge)
        self.segment_folder()

    def _take_knowledge(self, knowledge: int) -> None:
        is_news = self._model is not None and self._model.note_knowledge(knowledge)
        if is_news and self.image is not None:
            self._predict_on_screen(self.image)

    def _take_prediction(self, project: Project, event: Predicted) -> None:
        item = self._item_named(event.image.key)
        if item is None or self._model is None:
            return
        self._model.note_predicted(item.id, event.knowledge)
        if not project.is_read_only:
            project.save_prediction(
                item.id,
                event.labels,
                event.confidence,
                is_suggestion=event.is_suggestion,
                version=event.version,
            )
        if project.images[item.id] != item:
            self.images_changed.emit((item.id,))
        self._take_knowledge(event.knowledge)
        image = self.image
        if image is None or image.item.id != item.id:
            return
        if event.labels.shape == image.layers.labels.shape:
            image.layers.prediction = event.labels
            image.layers.confidence = event.confidence
            image.layers.is_suggestion = event.is_suggestion
            self.prediction_changed.emit()

    def _take_failure(self, project: Project, event: Failed) -> None:
        item = self._item_named(event.image.key) if event.image else None
        if item is not None and item.state in _UNTOUCHED and not project.is_read_only:
            self._set_state(item.id, ImageState.FAILED, event.sentence)
        is_on_screen = self.image is not None and item is not None and self.image.item.id == item.id
        if event.image is None or is_on_screen:
            self._show_progress(None)
            self.tell(event.sentence, is_error=True)

    def _show_folder_progress(self, event: FolderProgress) -> None:
        if event.is_cancelled or event.done == event.total:
            self._show_progress(None)
        else:
            text = self.tr("Segmenting the folder")
            self._show_progress(Progress(text, event.done, event.total))

    # --- files ---------------------------------------------------------------------------

    def export(
        self, format_name: str, folder: Path, *, which: str = "all", overwrite: bool = False
    ) -> None:
        """Write masks of the whole folder in one of the formats, in the background."""
        self.save_labels()
        if self._files is not None:
            self._files.export(format_name, folder, which=which, overwrite=overwrite)

    def import_labels(self, folder: Path) -> None:
        """Take id PNGs of a folder, matched by name, as the person's labels."""
        self.save_labels()
        if self._files is not None and self.project is not None and not self.project.is_read_only:
            self._files.import_labels(folder)

    def reload_labels(self, project: Project) -> None:
        """Other code has changed the labels of the project: show them and learn from them."""
        if project is not self.project or self._model is None:
            return
        self._set_classes(project.classes)
        self.images_changed.emit(())
        shown, self.image, self._wanted_image = self._wanted_image, None, None
        if shown is not None:
            self.show_image(shown)
        self._model.learn_stored_labels()

    def save_labels(self) -> None:
        """Write the label file of the image on screen, behind; its edits are journalled already."""
        if self.project is not None and self.image is not None and self.can_edit:
            self.project.checkpoint(self.image.item.id, _frozen_copy(self.image.layers.labels))

    def tell(
        self,
        text: str,
        *,
        is_error: bool = False,
        action_text: str | None = None,
        action: Callable[[], object] | None = None,
    ) -> None:
        """Show one sentence over the canvas, with at most one thing to do about it."""
        self.message_shown.emit(Message(text, is_error, action_text, action))

    # --- small things --------------------------------------------------------------------

    def _hear_saver(self, folder: Path, news: bool | Exception) -> None:
        if self.project is None or self.project.folder != folder.absolute():
            return
        if isinstance(news, Exception):
            self.tell(str(news), is_error=True)
            news = False
        if news != self.is_saved:
            self.is_saved = news
            self.saved_changed.emit(news)

    def _run_report(self, report: Callable[[], None]) -> None:
        report()

    @property
    def _open_project(self) -> Project:
        assert self.project is not None
        return self.project

    def _state(self, image_id: int) -> ImageState:
        return self._open_project.images[image_id].state

    def _set_state(self, image_id: int, state: ImageState, error: str | None = None) -> None:
        project = self.project
        if project is None or project.is_read_only or self._state(image_id) is state:
            return
        project.set_state(image_id, state, error)
        self.images_changed.emit((image_id,))

    def _item_named(self, name: str) -> ImageItem | None:
        try:
            return self.project.item_by_name(name) if self.project else None
        except KeyError:
            return None

    def _set_learning(self, state: LearningState) -> None:
        if state != self.learning:
            self.learning = state
            self.learning_changed.emit(state)

    def _show_progress(self, progress: Progress | None) -> None:
        self.progress_changed.emit(progress)


def _frozen_copy(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    copy = labels.copy()
    copy.setflags(write=False)
    return copy


def _box(rect: Rect) -> tuple[int, int, int, int]:
    return rect.x, rect.y, rect.width, rect.height


def _stored_scores(project: Project) -> tuple[Score, ...]:
    """The latest score of each image, in the order of review."""
    latest: dict[str, Score] = {}
    for score in project.scores():
        item = project.images.get(score.image_id)
        if item is not None:
            latest.pop(item.name, None)
            latest[item.name] = Score(item.name, score.version, score.scores["mean_iou"])
    return tuple(latest.values())
