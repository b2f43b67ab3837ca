"""Export and import of whole folders: started by the session, done in the background."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.background import BackgroundWork
from app.document.export import ExportedImage, ExportExists, export
from app.document.importing import ImportResult, import_labels
from app.document.project import Project

if TYPE_CHECKING:
    from app.session import Session


class FileJobs:
    """The file work of the open project, in a thread of its own. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._project: Project | None = None
        self._work: BackgroundWork | None = None

    def begin(self, project: Project) -> None:
        """Work on this project from now on."""
        self._project = project
        self._work = BackgroundWork(self._session.do_in_front, self._session.show_progress)

    def end(self) -> None:
        """Cancel and wait."""
        if self._work is not None:
            self._work.close()
        self._project = self._work = None

    def cancel(self) -> None:
        """Stop after the image in work."""
        if self._work is not None:
            self._work.cancel()

    def export(
        self, format_name: str, folder: Path, *, which: str = "all", overwrite: bool = False
    ) -> None:
        """Write masks; asks in the message strip before anything is replaced."""
        project, work = self._project, self._work
        if project is None or work is None:
            return
        tell, tr = self._session.tell, self._session.tr
        self._session.editing.save_labels()

        def failed(error: Exception) -> None:
            if isinstance(error, ExportExists):
                again = partial(self.export, format_name, folder, which=which, overwrite=True)
                tell(str(error), action_text=tr("Replace them"), action=again)
            else:
                tell(f"The export stopped: {error}", is_error=True)

        def done(results: list[ExportedImage], is_cancelled: bool) -> None:
            if is_cancelled:
                tell(tr("The export was cancelled: nothing was written."))
                return
            problems = [result.problem for result in results if result.problem]
            text = f"{len(results) - len(problems)} masks are in {folder}."
            tell(_with_problems(text, problems), is_error=bool(problems))

        work.start(
            tr("Exporting"),
            len(project.images),
            lambda: export(project, format_name, folder, which=which, overwrite=overwrite),
            done=done,
            failed=failed,
        )

    def import_labels(self, folder: Path) -> None:
        """Take masks by name as the person's labels; what is left out is said."""
        project, work = self._project, self._work
        if project is None or work is None or project.is_read_only:
            return
        self._session.editing.save_labels()

        def steps() -> Iterator[ImportResult]:
            yield from import_labels(project, folder)
            project.flush()  # the engine reads the label files next

        def done(results: list[ImportResult], is_cancelled: bool) -> None:
            problems = [result.problem for result in results if result.problem]
            text = f"Labels of {len(results) - len(problems)} images were imported."
            self._session.tell(_with_problems(text, problems), is_error=bool(problems))
            self._session.reload_labels(project)

        def failed(error: Exception) -> None:
            self._session.tell(str(error), is_error=True)
            self._session.reload_labels(project)

        work.start(self._session.tr("Importing labels"), 0, steps, done=done, failed=failed)


def _with_problems(text: str, problems: list[str]) -> str:
    """What was done, and the first of what was not: the strip shows one message at a time."""
    if not problems:
        return text
    return f"{text} {len(problems)} left out; the first: {problems[0]}"
