"""The versions of the model: listed, used, kept, noted, deleted, exported and imported."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from app.document.project import Project
from app.engine.messages import Published, VersionKept, VersionOpened

if TYPE_CHECKING:
    from app.session import Session


@dataclass(frozen=True)
class VersionRow:
    """A version as it is listed. Scores are mean IoU 0..1, None where there is none.

    `held_out` is of strokes that it had not learned from, `honest` of the `scored` images that it
    had predicted before they were corrected. `created` is in seconds since 1970.
    """

    name: str
    created: float
    images: int
    pixels: int
    held_out: float | None
    honest: float | None
    scored: int
    note: str
    size: int
    is_current: bool


class Versions:
    """What the person does with versions; `versions_changed` of the session tells. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self) -> list[VersionRow]:
        """All versions, oldest first."""
        project = self._session.project
        if project is None:
            return []
        scores: dict[str, list[float]] = {}
        for score in project.scores():
            scores.setdefault(score.version, []).append(score.scores["mean_iou"])
        return [
            VersionRow(
                name=version.name,
                created=version.created,
                images=version.details.get("images", 0),
                pixels=version.details.get("pixels", 0),
                held_out=version.details.get("validation"),
                honest=fmean(scores[version.name]) if version.name in scores else None,
                scored=len(scores.get(version.name, ())),
                note=version.details.get("note", ""),
                size=_size_of(project.version_folder(version.name)),
                is_current=version.is_current,
            )
            for version in project.versions()
        ]

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
        project.remove_version(name)
        shutil.rmtree(project.version_folder(name), ignore_errors=True)
        self._session.versions_changed.emit()

    def export(self, name: str, file: Path) -> None:
        """Write a version as one file that another project can take."""
        project, tr = self._session.project, self._session.tr
        if project is None:
            return
        names = _class_names(project)

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
        table, ids = session.classes.with_names(names)
        if table != session.classes:
            session.class_editing.replace(table)
        session.modelling.link.import_model(file, ids, table.count_for_model)

    def take_published(self, project: Project, event: Published) -> None:
        """Learning has found a better model, which is in use."""
        details = {"validation": event.validation, "images": event.samples, "pixels": event.pixels}
        project.add_version(event.version, details)
        self._session.versions_changed.emit()

    def take_kept(self, project: Project, event: VersionKept) -> None:
        """A version was written."""
        session, details = self._session, {"images": event.images, "pixels": event.pixels}
        note = f"from {event.origin}" if event.origin else ""
        project.add_version(event.name, {**details, "note": note}, is_current=not event.origin)
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
        project.set_current_version(event.name)
        sentence = f"Version {event.name} is in use."
        session.set_learning(
            replace(session.learning, version=event.name, model=event.model, sentence=sentence)
        )
        session.versions_changed.emit()

    def _can_change(self) -> bool:
        project = self._session.project
        return project is not None and not project.is_read_only


def _class_names(project: Project) -> list[str]:
    """A name for each id that a model can give, also for ids that no class has any more."""
    table = project.classes
    return [
        table.by_id(number).name if table.has(number) else f"class {number}"
        for number in range(table.count_for_model)
    ]


def _size_of(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except OSError:
        return 0
