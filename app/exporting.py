"""One export: masks are written, read again as other programs do, and then it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.document.export import ExportedImage, ExportExists, ExportOptions, export
from app.document.export.doctor import examine
from app.document.export.readers import OPENCV, PILLOW
from app.document.export.record import ExportRecord
from app.document.export.scope import Report, notes, scope
from app.document.project import Project
from app.notices import with_problems
from app.qt_reader import QT

if TYPE_CHECKING:
    from app.session import Session

READERS = (PILLOW, OPENCV, QT)


@dataclass(frozen=True, eq=False)
class Exporting:
    """What was asked for; GUI thread, but for `_steps`.

    `overwrite` only after a yes in the message strip. `show_report` is offered there at the end.
    """

    session: Session
    format_name: str
    folder: Path
    which: str
    options: ExportOptions | None
    show_report: Callable[[Report], object] | None
    overwrite: bool = False
    _written: list[int] = field(default_factory=list, init=False)
    _reports: list[Report] = field(default_factory=list, init=False)

    def start(self) -> None:
        """Do it in the files' thread."""
        total = 2 * len(self.session.images())
        title = self.session.tr("Exporting")
        files = self.session.files
        files.run(title, self._steps, total=total, done=self._done, failed=self._failed)

    def _steps(self, project: Project) -> Iterator[ExportedImage]:
        with ExportRecord() as record:
            yield from export(
                project,
                self.format_name,
                self.folder,
                which=self.which,
                overwrite=self.overwrite,
                options=self.options,
                record=record,
            )
            self._written.append(len(record.pictures))
            problems = []
            for looked in examine(record, self.folder, readers=READERS):
                problems += [looked.problem] if looked.problem else []
                yield ExportedImage(looked.name)
            told, count = scope(record, READERS), len(record.pictures)
            report = Report(self.folder, count, tuple(problems), told, notes(record))
            self._reports.append(report)

    def _failed(self, error: Exception) -> None:
        tell, tr = self.session.tell, self.session.tr
        if isinstance(error, ExportExists):
            again = replace(self, overwrite=True)
            tell(str(error), action_text=tr("Replace them"), action=again.start)
        else:
            tell(str(error), is_error=True)

    def _done(self, results: list[ExportedImage], is_cancelled: bool) -> None:
        tell, tr = self.session.tell, self.session.tr
        if not self._written:
            tell(tr("The export was cancelled: nothing was written."))
        elif not self._reports:
            tell(f"{self._written[0]} masks are in {self.folder}; they were not all read again.")
        else:
            self._tell_report(self._reports[0], [one.problem for one in results if one.problem])

    def _tell_report(self, report: Report, left_out: list[str]) -> None:
        text = with_problems(f"{report.images} masks are in {report.folder}.", left_out)
        text = " ".join((text, _verdict(report), *report.notes))
        is_bad = bool(left_out or report.problems)
        if self.show_report is None:
            self.session.tell(text, is_error=is_bad)
            return
        action, action_text = partial(self.show_report, report), self.session.tr("Show the report")
        self.session.tell(text, is_error=is_bad, action_text=action_text, action=action)


def _verdict(report: Report) -> str:
    if report.problems:
        count = len(report.problems)
        return f"Read again, {count} of them have problems; the first: {report.problems[0]}"
    return "All were read again and are as exported."
