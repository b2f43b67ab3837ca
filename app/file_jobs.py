"""Export and import of whole folders: started by the session, done in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.background import BackgroundWork
from app.document.export import ExportOptions, Which
from app.document.export.scope import Report
from app.document.importing import Choices, ImportResult, LabelImport
from app.document.project import Project
from app.exporting import Exporting
from app.notices import Progress, with_problems
from app.report.honest import NOTHING, honest_report_steps

if TYPE_CHECKING:
    from app.session import Session


Result = TypeVar("Result")


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
        self,
        format_name: str,
        folder: Path,
        *,
        which: str = Which.ALL,
        options: ExportOptions | None = None,
        show_report: Callable[[Report], object] | None = None,
    ) -> None:
        """Write masks, then read them again as other programs do, and tell.

        Asks in the message strip before anything is replaced; `show_report` is offered there.
        """
        Exporting(self._session, format_name, folder, which, options, show_report).start()

    def run(
        self,
        title: str,
        steps: Callable[[Project], Iterator[Result]],
        *,
        done: Callable[[list[Result], bool], None],
        failed: Callable[[Exception], None],
        total: int = 0,
        show: Callable[[Progress | None], None] | None = None,
    ) -> None:
        """Do any other file work of the project, after what is on screen was saved.

        As `BackgroundWork.start`. Nothing happens without a project.
        """
        project, work = self._project, self._work
        if project is not None and work is not None:
            self._session.editing.save_labels()
            work.start(title, total, lambda: steps(project), done=done, failed=failed, show=show)

    def can_report(self) -> bool:
        """Whether there is something to report; tells why not."""
        session = self._session
        if not session.new_models.is_ready():
            return False
        if not session.learning.scores:
            session.tell(session.tr(NOTHING))
        return bool(session.learning.scores)

    def report(self, path: Path) -> None:
        """Write a report on the reviewed images, as they were predicted, to one HTML file."""
        session, tr = self._session, self._session.tr
        if not self.can_report():
            return
        scores, summary = session.learning.scores, session.learning.summary

        def steps(project: Project) -> Iterator[str | None]:
            return honest_report_steps(project, path, scores=scores, summary=summary)

        def done(problems: list[str | None], is_cancelled: bool) -> None:
            if is_cancelled:
                session.tell(tr("The report was cancelled: nothing was written."))
                return
            text = with_problems(f"The report is in {path}.", [one for one in problems if one])
            show = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path)))
            session.tell(text, action_text=tr("Open it"), action=show)

        def failed(error: Exception) -> None:
            session.tell(str(error), is_error=True)

        self.run(tr("Writing the report"), steps, total=len(scores), done=done, failed=failed)

    def take_labels(
        self,
        label_import: LabelImport,
        choices: Choices,
        *,
        finished: Callable[[], None],
        total: int = 0,
        show: Callable[[Progress | None], None] | None = None,
    ) -> None:
        """Make what was looked through the person's labels; what is left out is said.

        `finished` is called last, whatever happened. The image on screen must not be painted
        meanwhile.
        """
        session, tr = self._session, self._session.tr

        def steps(project: Project) -> Iterator[ImportResult]:
            yield from label_import.run(choices)
            project.flush()  # the engine reads the label files next

        def done(results: list[ImportResult], is_cancelled: bool) -> None:
            problems = [result.problem for result in results if result.problem]
            text = f"Labels of {len(results) - len(problems)} images were imported."
            if is_cancelled:
                text += " " + tr("The others were not: you stopped it.")
            session.tell(with_problems(text, problems), is_error=bool(problems))
            reload()

        def failed(error: Exception) -> None:
            session.tell(str(error), is_error=True)
            reload()

        def reload() -> None:
            if session.project is not None:
                session.reload_labels(session.project)
            finished()

        title = tr("Importing labels")
        self.run(title, steps, total=total, done=done, failed=failed, show=show)
