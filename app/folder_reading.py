"""The folder of the open project looked through in a thread of its own, and told in batches."""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import TYPE_CHECKING

from app.document.project import Project

if TYPE_CHECKING:
    from app.session import Session

logger = logging.getLogger(__name__)


class FolderReading:
    """Finds the images of the open project. GUI thread; the files are read in another one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._project: Project | None = None
        self._reader: _Reader | None = None
        self._asked_name: str | None = None

    def begin(self, project: Project) -> None:
        """Look through the folder; the session hears of images, and in the end goes to work."""
        self._project = project
        self._reader = _Reader(self, self._session, project)
        if project.images:
            self._session.images_changed.emit(())
        self._reader.thread.start()

    def end(self) -> None:
        """Stop, and wait for the file in work; what was found so far is kept."""
        if self._reader is not None:
            self._reader.stop()
        self._project = self._reader = self._asked_name = None

    def puts_off(self, image_id: int) -> bool:
        """Whether an image can be shown only when the whole folder is known.

        Until then it may turn out to be a known one under a new name. It is shown when that is
        clear, unless another one is asked for.
        """
        project = self._project
        if project is None or image_id not in project.images or project.is_settled(image_id):
            self._asked_name = None
            return False
        self._asked_name = project.images[image_id].name
        return True

    def hear(self, reader: _Reader) -> None:
        """Take what has been found since the last time."""
        if reader is not self._reader:
            return
        ids = reader.take_found()
        if ids:
            self._session.images_found.emit(ids)
        is_free = self._session.wanted_image is None and self._asked_name is None
        if is_free and reader.first is not None:
            self._session.show_image(reader.first)

    def hear_end(self, reader: _Reader, error: Exception | None) -> None:
        """The folder is known, or cannot be read any further."""
        if reader is not self._reader or self._project is None:
            return
        session, project, self._reader = self._session, self._project, None
        if error is not None:
            session.tell(f"The folder cannot be read to its end: {error}", is_error=True)
        session.images_changed.emit(())
        session.tell_notices()
        if not project.images:
            session.tell(
                f"There is no image in {project.folder.name}. Maskloop reads PNG, JPEG, "
                "BMP, TIFF and WebP."
            )
            return
        self._show_asked()
        self._show_first_image()
        session.modelling.learn_stored_labels()
        session.modelling.segment_folder()

    def _show_asked(self) -> None:
        name, self._asked_name = self._asked_name, None
        asked = self._session.item_named(name) if name is not None else None
        if asked is not None:
            self._session.show_image(asked.id)

    def _show_first_image(self) -> None:
        session, project = self._session, self._project
        if project is None or session.wanted_image is not None or self._asked_name is not None:
            return
        first = first_image(project)
        if first is not None:
            session.show_image(first)


def first_image(project: Project) -> int | None:
    """The image that was on screen last, else the first; None when there is none. Any thread."""
    try:
        return project.item_by_name(project.setting("last_image", "")).id
    except KeyError:
        return next(iter(project.images), None)


class _Reader:
    """One run through the folder. At most one report waits for the GUI thread at a time."""

    def __init__(self, reading: FolderReading, session: Session, project: Project) -> None:
        self._reading = reading
        self._session = session
        self._project = project
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._found: dict[int, None] = {}  # in the order of the folder
        self._has_told = False
        self.first: int | None = None  # the image to begin with, once it is known to be there
        self.thread = threading.Thread(target=self._run, name="maskloop-folder", daemon=True)

    def stop(self) -> None:
        """Stop, and wait."""
        self._stopped.set()
        self.thread.join()

    def take_found(self) -> tuple[int, ...]:
        """The images found or changed since the last call."""
        with self._lock:
            found, self._found = tuple(self._found), {}
        return found

    def _run(self) -> None:
        error: Exception | None = None
        try:
            for ids in self._project.rescan(self._stopped.is_set):
                self._report(ids)
        except OSError as raised:
            error = raised
        except Exception as raised:
            logger.exception("the folder could not be looked through")
            error = raised
        self._session.do_in_front(partial(self._reading.hear_end, self, error))

    def _find_first(self) -> int | None:
        """The image on screen last, or the first; None while it may be gone or renamed."""
        project = self._project
        first = first_image(project)
        if first is None or not project.is_settled(first):
            return None
        return first if project.image_path(first).exists() else None

    def _report(self, ids: tuple[int, ...]) -> None:
        if self.first is None:
            self.first = self._find_first()
        with self._lock:
            is_waiting = bool(self._found)
            self._found |= dict.fromkeys(ids)
        # Also told when the first files are as they were: the first image can be shown.
        if not is_waiting and (ids or not self._has_told):
            self._has_told = True
            self._session.do_in_front(partial(self._reading.hear, self))
