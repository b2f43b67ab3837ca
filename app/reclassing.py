"""Changes of the classes in all images: done behind, taken back as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from app.document.class_plan import ClassPlan
from app.document.project import Project
from app.document.reclass import (
    Reclassed,
    can_undo_reclass,
    finish_reclass,
    is_reclass_unfinished,
    reclass,
    undo_reclass,
)
from app.notices import Progress

if TYPE_CHECKING:
    from app.session import Session

Show = Callable[[Progress | None], None]


class Reclassing:
    """Nothing can be painted while one of these runs (`is_busy`). GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.is_busy = False
        session.project_opened.connect(self._offer_to_finish)

    @property
    def can_undo(self) -> bool:
        """Whether the last change of classes can be taken back."""
        project = self._session.project
        return project is not None and not project.is_read_only and can_undo_reclass(project)

    def apply(self, plan: ClassPlan, *, finished: Callable[[], None], show: Show) -> None:
        """Change table and labels as planned. Raises `ClassError` for a table that cannot be."""
        table, mapping = plan.table(), plan.mapping()
        name = self._session.tr("Change classes")
        self._run(
            lambda project: reclass(project, mapping, name, classes=table),
            "The classes were changed in {count} images.",
            finished,
            show,
            can_undo=True,
        )

    def undo(
        self, *, finished: Callable[[], None] = lambda: None, show: Show | None = None
    ) -> None:
        """Take the last change back in all images."""
        self._run(
            undo_reclass, "The change of classes was taken back in {count} images.", finished, show
        )

    def finish(self) -> None:
        """Do what is left of a change that was stopped."""
        self._run(
            finish_reclass,
            "The change of classes was finished in {count} images.",
            lambda: None,
            None,
            can_undo=True,
        )

    def _offer_to_finish(self) -> None:
        self.is_busy = False
        project = self._session.project
        if project is not None and not project.is_read_only and is_reclass_unfinished(project):
            self._session.tell(
                self._session.tr(
                    "A change of classes was stopped half-way: some images have it, others not."
                ),
                is_error=True,
                action_text=self._session.tr("Finish it"),
                action=self.finish,
            )

    def _run(
        self,
        work: Callable[[Project], Iterator[Reclassed]],
        text: str,
        finished: Callable[[], None],
        show: Show | None,
        *,
        can_undo: bool = False,
    ) -> None:
        session = self._session
        if session.project is None:
            return
        self.is_busy = True

        def steps(project: Project) -> Iterator[Reclassed]:
            yield from work(project)
            project.flush()  # the engine reads the label files next

        def done(results: list[Reclassed], is_cancelled: bool) -> None:
            end()
            if is_cancelled:
                self._offer_to_finish()
                return
            problems = [result.problem for result in results if result.problem]
            told = text.format(count=sum(result.pixels > 0 for result in results))
            if problems:
                told += f" {len(problems)} were left out; the first: {problems[0]}"
            action = self.undo if can_undo else None
            action_text = session.tr("Take it back") if can_undo else None
            session.tell(told, is_error=bool(problems), action_text=action_text, action=action)

        def failed(error: Exception) -> None:
            session.tell(str(error), is_error=True)
            end()

        def end() -> None:
            self.is_busy = False
            if session.project is not None:
                session.reload_labels(session.project)
            finished()

        total = len(session.project.labelled_images())
        title = session.tr("Changing the classes")
        session.files.run(title, steps, total=total, done=done, failed=failed, show=show)
