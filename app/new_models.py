"""Another model in the place of the one in use: new, or published by somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.document.classes import ClassTable
from app.document.project import Project
from app.engine.events import (
    DownloadProgress,
    Event,
    Failed,
    ModelStarted,
    PretrainedReady,
    StartCancelled,
)
from app.notices import Progress

if TYPE_CHECKING:
    from app.session import Session


class NewModels:
    """What the session does while another model is fetched and made. GUI thread.

    `is_making`: the progress that is shown is that of the new model.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.is_making = False

    def forget(self) -> None:
        """The engine that made a model is not there any more."""
        if self.is_making:
            self._end()

    def is_ready(self) -> bool:
        """Whether the engine is there, and with it torch, which the GUI thread must not import;
        tells when it is not.
        """
        session = self._session
        if not session.learning.is_ready:
            session.tell(session.tr("The engine is still starting: ask again in a moment."))
        return session.learning.is_ready

    def published(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Published models on offer: name, title, class names (the first is background).

        Once the engine `is_ready`, as `choices`.
        """
        from segmodels.pretrained import PRETRAINED

        return [(name, m.title, tuple(m.classes)) for name, m in PRETRAINED.items()]

    def use_published(self, name: str) -> None:
        """Fetch a published model and use it; its classes are added when it has arrived."""
        link = self._session.modelling.link
        if link is not None:
            self._begin()
            link.use_pretrained(name, self._classes_with_those_of(name)[1])

    def choices(self) -> list[tuple[str, str, int]]:
        """Models to start from: name, what it is good for, megabytes of its pretrained weights."""
        from segmodels.models.choices import CHOICES

        return [(choice.name, choice.good_for, choice.megabytes) for choice in CHOICES]

    def start_from(self, name: str, *, is_pretrained: bool) -> None:
        """Go on with a new model of that name, as soon as it has learned the strokes there are."""
        session, link = self._session, self._session.modelling.link
        if session.project is None or link is None:
            return
        if session.project.is_read_only:
            session.tell(session.tr("This project can only be looked at: its model stays."))
            return
        self._begin()
        link.start_from(name, is_pretrained=is_pretrained)

    def cancel(self) -> None:
        """Make no other model: the one in use stays."""
        if self._session.modelling.link is not None:
            self._session.modelling.link.cancel_start()

    def hear(self, project: Project, event: Event) -> None:
        """Take an event of the engine of this project."""
        session = self._session
        match event:
            case DownloadProgress():
                self.is_making = True
                if event.done == event.total:
                    self._begin()
                else:
                    text = session.tr("Fetching {name}").format(name=event.name)
                    session.show_progress(Progress(text, event.done, event.total, is_bytes=True))
            case PretrainedReady():
                project.set_current_version(None)
                session.class_editing.replace(self._classes_with_those_of(event.name)[0])
                self._end()
            case ModelStarted():
                project.set_current_version(None)
                self._end()
                session.tell(session.tr("{name} is in use.").format(name=event.name))
            case StartCancelled():
                self._end()
                session.tell(session.tr("Stopped: the model in use stays."))
            case Failed() if event.image is None:
                self.forget()

    def _begin(self) -> None:
        self.is_making = True
        text = self._session.tr("Getting the model ready")
        self._session.show_progress(Progress(text, 0, 0))

    def _end(self) -> None:
        self.is_making = False
        self._session.show_progress(None)

    def _classes_with_those_of(self, model: str) -> tuple[ClassTable, tuple[int, ...]]:
        """The classes with those of a published model, and the id of each of its classes."""
        names = next(names for name, _, names in self.published() if name == model)
        table, ids = self._session.classes.with_names(names[1:])
        return table, (0, *ids)
