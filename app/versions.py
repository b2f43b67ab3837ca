"""The versions of the model: listed, used, kept, noted, deleted, exported and imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.document.errors import ClassError
from app.document.model_folders import delete_model
from app.document.project import Project
from app.engine.events import Published, VersionKept, VersionOpened
from app.version_classes import class_names_of, ids_by_name, kept_details, published_details
from app.version_table import VersionRow, version_rows

if TYPE_CHECKING:
    from app.session import Session


class Versions:
    """What the person does with versions; `versions_changed` of the session tells. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._coming: dict[str, tuple[str, ...]] = {}

    def rows(self) -> list[VersionRow]:
        """All versions, oldest first."""
        project = self._session.project
        return [] if project is None else version_rows(project)

    def use(self, name: str) -> None:
        """Go on with that version; the folder is segmented again."""
        if self._can_change() and self._session.modelling.link is not None:
            self._session.modelling.link.use_version(name)

    def keep(self) -> None:
        """Keep the model in use as a version of its own."""
        if self._can_change() and self._session.modelling.link is not None:
            self._session.modelling.link.keep_version()

    def set_note(self, name: str, note: str) -> None:
        """Write something about a version."""
        project = self._session.project
        if project is None or not self._can_change():
            return
        details = next(v.details for v in project.versions() if v.name == name)
        project.change_version(name, {**details, "note": note})
        self._session.versions_changed.emit()

    def delete(self, name: str) -> None:
        """Remove a version and its files; the one in use stays."""
        project = self._session.project
        if project is None or name == project.current_version or not self._can_change():
            return
        try:
            delete_model(project.version_folder(name))
        except OSError as error:
            tr = self._session.tr
            text = tr("{name} cannot be deleted ({reason}).")
            text = text.format(name=name, reason=error.strerror or error)
            self._session.tell(text, is_error=True)
            return
        project.remove_version(name)
        self._session.versions_changed.emit()

    def export(self, name: str, file: Path) -> None:
        """Write a version as one file that another project can take."""
        project, tr = self._session.project, self._session.tr
        if project is None:
            return
        names = class_names_of(project, name)

        def steps(project: Project) -> Iterator[Path]:
            from segmodels.archive import pack_model

            pack_model(project.version_folder(name), file, class_names=names)
            yield file

        self._session.files.run(
            tr("Writing the model"),
            steps,
            done=lambda results, is_cancelled: self._session.tell(f"The model is in {file}."),
            failed=lambda error: self._session.tell(str(error), is_error=True),
        )

    def import_file(self, file: Path) -> None:
        """Make a model from a file a version; its classes are found by name, or added."""
        session = self._session
        if session.project is None or not self._can_change() or session.modelling.link is None:
            return
        from segmodels.archive import read_class_names
        from segmodels.errors import ModelFileError

        try:
            names = read_class_names(file)
        except ModelFileError as error:
            session.tell(str(error), is_error=True)
            return
        try:
            table, ids = ids_by_name(names, session.classes)
        except ClassError as error:
            session.tell(f"{file.name} is refused: {error}", is_error=True)
            return
        self._coming[file.name] = tuple(item.name for item in table)
        session.modelling.link.import_model(file, ids, table.count_for_model)

    def take_published(self, project: Project, event: Published) -> None:
        """Learning has found a better model, which is in use."""
        details = published_details(event, self._session.modelling.classes)
        project.add_version(event.version, details)
        self._session.versions_changed.emit()

    def take_kept(self, project: Project, event: VersionKept) -> None:
        """A version was written."""
        session = self._session
        # Only now is it sure that the file is a model: a bad one adds no class.
        table, _ = session.classes.with_names(self._coming.pop(event.origin, ()))
        if table != session.classes:
            session.class_editing.replace(table)
        details = kept_details(event, session.modelling.classes)
        project.add_version(event.name, details, is_current=not event.origin)
        if event.origin:
            use = session.tr("Use it")
            text = f"The model of {event.origin} is here as version {event.name}."
            session.tell(text, action_text=use, action=lambda: self.use(event.name))
        else:
            session.set_learning(replace(session.learning, version=event.name))
        session.versions_changed.emit()

    def take_opened(self, project: Project, event: VersionOpened) -> None:
        """Another version is in use."""
        session = self._session
        before = project.current_version
        project.set_current_version(event.name)
        sentence = f"Version {event.name} is in use."
        session.set_learning(
            replace(session.learning, version=event.name, model=event.model, sentence=sentence)
        )
        session.versions_changed.emit()
        if before is not None and before != event.name and before in [r.name for r in self.rows()]:
            text = session.tr("Back to {name}").format(name=before)
            session.tell(sentence, action_text=text, action=lambda: self.use(before))

    def _can_change(self) -> bool:
        project = self._session.project
        return project is not None and not project.is_read_only
