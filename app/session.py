"""The session: the only mutator of the open project, and the hub of all its signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.archiving import Archiving
from app.class_editing import ClassEditing
from app.comparison import Comparison
from app.conflicts import Conflicts
from app.document.classes import DEFAULT, ClassTable
from app.document.first_look import FirstLook
from app.document.project import ImageItem, ImageState, Project
from app.doubt import DoubtTour
from app.editing import Editing
from app.encrypting import Encrypting
from app.file_jobs import FileJobs
from app.folder_reading import FolderReading
from app.image_queue import ImageQueue
from app.interpolating import Interpolating
from app.learning import LearningState
from app.modelling import Modelling
from app.new_models import NewModels
from app.notices import Message, Progress
from app.opening import Arrival, ImageOpener, OpenImage, PicturePart
from app.project_opening import ProjectOpening
from app.reclassing import Reclassing
from app.reviewing import Reviewing, stored_scores
from app.saving import Saving
from app.versions import Versions


class Session(QObject):
    """One open project and the image on screen; its rooms do the rest.

    All methods are for the GUI thread. Signals tell what has happened; see each comment.
    """

    project_opened = Signal()
    project_closed = Signal()
    opening_changed = Signal()  # a project is being opened, or no longer: see `opening`
    passphrase_wanted = Signal(object, str)  # a function to be called with it, a sentence
    images_changed = Signal(object)  # tuple of the ids whose item changed; () = the whole list
    images_found = Signal(object)  # tuple of ids: new ones come last in the list, others changed
    image_changed = Signal()  # another image is on screen, or none
    picture_changed = Signal(int, int, int, int)  # x0, y0, x1, y1 of a picture read in parts
    first_look_arrived = Signal(object)  # FirstLook: a large image is still being decoded
    labels_changed = Signal(int, int, int, int)  # x, y, width, height; also during a stroke
    prediction_changed = Signal()
    prediction_part_arrived = Signal(object)  # PredictionPart; the rest is as it was
    classes_changed = Signal()
    class_selected = Signal(int)
    history_changed = Signal()
    saved_changed = Signal(bool)
    versions_changed = Signal()
    comparison_changed = Signal()
    comparison_wanted = Signal()  # the person asks to see two versions side by side
    learning_changed = Signal(object)  # LearningState
    queue_changed = Signal()
    averaging_changed = Signal()
    conflicts_changed = Signal()
    place_found = Signal(int, int, int, int)  # x0, y0, x1, y1 of the image on screen: look there
    progress_changed = Signal(object)  # Progress or None
    message_shown = Signal(object)  # Message

    engine_spoke = Signal(object, object)  # from the engine's thread, for `modelling`
    saver_spoke = Signal(object, object)  # from the project's writer, for `saving`
    _image_arrived = Signal(object, object, object)
    _front_wanted = Signal(object)

    def __init__(self, parent: QObject | None = None, *, device: str = "auto") -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.image: OpenImage | None = None
        self.visible: tuple[int, int, int, int] | None = None  # x0, y0, x1, y1 on screen
        self.current_class = 1
        self.learning = LearningState()
        self.wanted_image: int | None = None
        self.editing = Editing(self)
        self.reviewing = Reviewing(self)
        self.class_editing = ClassEditing(self)
        self.modelling = Modelling(self, device=device)
        self.new_models = NewModels(self)
        self.queue = ImageQueue(self)
        self.doubt = DoubtTour(self)
        self.conflicts = Conflicts(self)
        self.opening = ProjectOpening(self)
        self.files = FileJobs(self)
        self.folder_reading = FolderReading(self)
        self.encrypting = Encrypting(self)
        self.versions = Versions(self)
        self.comparison = Comparison(self)
        self.archiving = Archiving(self)
        self.interpolating = Interpolating(self)
        self.reclassing = Reclassing(self)
        self.saving = Saving(self)
        self._opener: ImageOpener | None = None
        self._told_notices = 0
        self._has_shown = False
        self.engine_spoke.connect(self.modelling.hear)
        self._image_arrived.connect(self._show_arrived)
        self.saver_spoke.connect(self.saving.hear)
        self._front_wanted.connect(_call)

    # --- the project ---------------------------------------------------------------------

    def take_project(self, project: Project) -> None:
        """Go on with this project; the one that is open is closed."""
        self.leave_project()
        self.project = project
        self.learning = replace(LearningState(), scores=stored_scores(project))
        self._told_notices = 0
        self._has_shown = False
        self._opener = ImageOpener(project, partial(self._image_arrived.emit, project))
        self.files.begin(project)
        self.queue.begin(project)
        self.modelling.begin(project)
        self.project_opened.emit()
        self.classes_changed.emit()
        self.select_class(min(1, len(project.classes) - 1))
        self.learning_changed.emit(self.learning)
        self.tell_notices()
        self.saving.begin(project)
        self.folder_reading.begin(project)

    def tell_notices(self) -> None:
        """Show what the project has to say since the last time."""
        project = self.project
        if project is None:
            return
        for notice in project.notices[self._told_notices :]:
            self.tell(notice)
        self._told_notices = len(project.notices)

    def close(self) -> None:
        """Keep everything, stop all work on files, and wait for it; what is opened is not."""
        self.opening.cancel()
        self.archiving.end()
        self.encrypting.end()
        self.leave_project()

    def leave_project(self) -> None:
        """Keep everything of the open project, stop the engine and the writer, wait for both."""
        if self.project is None:
            return
        project, self.project = self.project, None
        self.folder_reading.end()
        self.files.end()
        if self._opener is not None:
            self._opener.close()
        self._leave_image(project)
        self.modelling.end()
        self.new_models.forget()
        self.queue.end(project)
        project.close()
        self._opener = None
        self.wanted_image = None
        self.progress_changed.emit(None)
        self.image_changed.emit()
        self.project_closed.emit()

    def images(self) -> list[ImageItem]:
        """The images of the folder, in order."""
        return list(self.project.images.values()) if self.project else []

    def _show_next_readable(self, image_id: int) -> None:
        """The image that a folder begins with is broken: begin with the next one."""
        items = self.images()
        here = next((n for n, item in enumerate(items) if item.id == image_id), 0)
        after = [item for item in items[here + 1 :] if item.state is not ImageState.FAILED]
        if after:
            self.show_image(after[0].id)

    # --- the image on screen -------------------------------------------------------------

    def show_image(self, image_id: int) -> None:
        """Bring an image to the screen; `image_changed` tells when it is there."""
        if self.project is None or self._opener is None or image_id == self.wanted_image:
            return
        if self.folder_reading.puts_off(image_id) or self.reclassing.puts_off(image_id):
            return
        if self.image is not None and self.image.item.id == image_id:
            self.wanted_image = image_id
            return
        self._leave_image(self.project)
        self.wanted_image = image_id
        self._opener.open(image_id)

    def show_next(self) -> None:
        """The next image of the folder."""
        self._step(+1, lambda item: True)

    def show_previous(self) -> None:
        """The image before."""
        self._step(-1, lambda item: True)

    def show_next_unreviewed(self) -> None:
        """The next image that is not reviewed, by the queue or in order, and round at the end."""
        if self.queue.is_followed:
            self.queue.show_most_useful()
        else:
            self._step(+1, lambda item: item.state is not ImageState.REVIEWED, wraps=True)

    def _step(self, step: int, wanted: Callable[[ImageItem], bool], *, wraps: bool = False) -> None:
        items = self.images()
        here = next((n for n, item in enumerate(items) if item.id == self.wanted_image), None)
        if here is None:
            return
        ahead = items[here + 1 :] if step > 0 else items[:here][::-1]
        if wraps:
            ahead += items[:here]
        found = next((item for item in ahead if wanted(item)), None)
        if found is not None:
            self.show_image(found.id)
        elif wraps:
            self.tell_all_reviewed()

    def tell_all_reviewed(self) -> None:
        """There is no next image: say what to do."""
        self.tell("Every image is reviewed. Export the masks with Ctrl+E.")

    def _leave_image(self, project: Project) -> None:
        if self.image is None:
            return
        image, self.image = self.image, None
        image.close()
        has_edits = image.history.undo_name or image.history.redo_name
        if has_edits and not project.is_read_only:
            project.checkpoint_behind(image.item.id)
        self.wanted_image = None

    def _show_arrived(self, project: Project, image_id: int, result: Arrival) -> None:
        if project is not self.project or image_id != self.wanted_image:
            return
        if self.reclassing.is_busy:  # its labels may have the change or not: it is read again
            return
        if isinstance(result, FirstLook):
            self.first_look_arrived.emit(result)
            return
        if isinstance(result, PicturePart):
            self.picture_changed.emit(*result.box)
            return
        if isinstance(result, Exception):
            self.set_state(image_id, ImageState.FAILED, str(result))
            self.tell(str(result), is_error=True)
            self.image_changed.emit()
            if not self._has_shown:
                self._show_next_readable(image_id)
            return
        self.image = result
        self._has_shown = True
        if self._state(image_id) is ImageState.FAILED:
            self.set_state(image_id, ImageState.NEW)
        if not project.is_read_only:
            project.set_setting("last_image", result.item.name)
        self.image_changed.emit()
        self.history_changed.emit()
        self.tell_notices()
        if result.is_giant:
            self._tell_giant(result)
        self.modelling.look_at(result)
        self._prefetch_neighbours(project, image_id)
        self.queue.refresh()

    def _tell_giant(self, image: OpenImage) -> None:
        if self.editing.can_edit:
            text = self.tr("{name} is too large for the model: paint it, nothing is predicted.")
        else:
            text = self.tr("{name} is too large to be painted: you can only look at it.")
        self.tell(text.format(name=image.item.name))

    def _prefetch_neighbours(self, project: Project, image_id: int) -> None:
        ids = list(project.images)
        if image_id not in ids:
            return
        here = ids.index(image_id)
        self.prefetch(ids[here + 1 : here + 2] + ids[max(0, here - 1) : here])

    def prefetch(self, ids: Iterable[int]) -> None:
        """These images may be on screen next: decode and predict them when nothing is asked."""
        for image_id in ids:
            if self._opener is None or self.project is None:
                return
            item = self.project.images.get(image_id)
            if item is not None and self.project.is_settled(image_id):
                self._opener.prefetch(image_id)
                self.modelling.prefetch(item)

    # --- classes -------------------------------------------------------------------------

    @property
    def classes(self) -> ClassTable:
        """The classes of the project."""
        return self.project.classes if self.project else DEFAULT

    def select_class(self, class_id: int) -> None:
        """Paint with this class from now on; an unknown id is ignored."""
        if self.classes.has(class_id):
            self.current_class = class_id
            self.class_selected.emit(class_id)

    # --- files and work ------------------------------------------------------------------

    def reload_labels(self, project: Project) -> None:
        """Other code has changed the labels of the project: show them and learn from them."""
        if project is not self.project:
            return
        self.class_editing.replace(project.classes)
        self.images_changed.emit(())
        shown, self.image, self.wanted_image = self.wanted_image, None, None
        if shown is not None:
            self.show_image(shown)
        self.modelling.learn_stored_labels()

    def cancel_work(self) -> None:
        """Stop the work whose progress is shown."""
        self.files.cancel()
        self.archiving.cancel()
        if self.new_models.is_making:
            self.new_models.cancel()
        else:
            self.modelling.cancel_segmentation()

    def do_behind(self, work: Callable[[], None]) -> None:
        """Do file work of the image on screen in the images' thread, in its turn."""
        if self._opener is not None:
            self._opener.run(work)

    def do_in_front(self, call: Callable[[], None]) -> None:
        """From any thread: call this in the GUI thread, in order."""
        self._front_wanted.emit(call)

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

    def _state(self, image_id: int) -> ImageState | None:
        item = self.project.images.get(image_id) if self.project else None
        return item.state if item is not None else None

    def set_state(self, image_id: int, state: ImageState, error: str | None = None) -> None:
        """An image of the project is now in this state; `error` says why it failed."""
        project = self.project
        if project is None or project.is_read_only or self._state(image_id) is state:
            return
        project.set_state(image_id, state, error)
        self.images_changed.emit((image_id,))

    def item_named(self, name: str) -> ImageItem | None:
        """The image with this relative posix path, or None."""
        try:
            return self.project.item_by_name(name) if self.project else None
        except KeyError:
            return None

    def set_learning(self, state: LearningState) -> None:
        """What is told about learning; everybody hears when it changed."""
        if state != self.learning:
            self.learning = state
            self.learning_changed.emit(state)

    def show_progress(self, progress: Progress | None) -> None:
        """Show how far some work is; None: it has ended."""
        self.progress_changed.emit(progress)


def _call(function: Callable[[], None]) -> None:
    function()
