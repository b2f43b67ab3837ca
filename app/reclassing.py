"""Changes of the classes in all images: done behind, taken back as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from app.document.class_plan import ClassPlan
from app.document.edit import Edit
from app.document.project import Project
from app.document.reclass import (
    Reclassed,
    can_undo_reclass,
    finish_reclass,
    is_reclass_unfinished,
    last_reclass,
    reclass,
    redo_reclass,
    undo_reclass,
)
from app.notices import Progress, with_problems

if TYPE_CHECKING:
    from app.session import Session

Show = Callable[[Progress | None], None]

_OF_ALL = "{name} is a step of all images, whose classes were changed again since."
_OF_BEFORE = "{name} is a step with other class numbers: the classes of all images changed since."
_DONE = "The classes were changed (images: {count})."
_BACK = "The change of classes was taken back (images: {count})."


class Reclassing:
    """While one of these runs (`is_busy`) nothing can be painted, no other image comes to the
    screen, and what the model says is not heard. GUI thread.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.is_busy = False
        session.project_opened.connect(self._finish_stopped)
        session.project_closed.connect(self._forget)

    @property
    def can_undo(self) -> bool:
        """Whether the last change of classes can be taken back."""
        project = self._session.project
        return project is not None and not project.is_read_only and can_undo_reclass(project)

    def puts_off(self, image_id: int) -> bool:
        """Whether this image is shown when the change is done, as its labels may have it or not."""
        if self.is_busy:
            self._session.wanted_image = image_id
        return self.is_busy

    def apply(self, plan: ClassPlan, *, finished: Callable[[], None], show: Show) -> None:
        """Change table and labels as planned. Raises `ClassError` for a table that cannot be."""
        table, mapping = plan.table(), plan.mapping()
        name = self._session.tr("Change classes")
        self._run(lambda project: reclass(project, mapping, name, classes=table), finished, show)

    def undo(
        self, *, finished: Callable[[], None] = lambda: None, show: Show | None = None
    ) -> None:
        """Take the last change back in all images."""
        self._run(undo_reclass, finished, show)

    def takes_over(self, edit: Edit, *, is_redo: bool) -> bool:
        """Whether a step of the image on screen is not taken alone: one of all images is taken in
        all of them, and one of other class numbers, from before such a change, is refused.
        """
        project = self._session.project
        if project is None:
            return False
        plan = last_reclass(project)
        if plan is not None and edit.created == plan.created:
            if is_redo and plan.can_redo(project.classes):
                self._run(redo_reclass, lambda: None, None)
            elif not is_redo and plan.taken_back is None:
                self.undo()
            else:
                self._refuse(_OF_ALL.format(name=edit.name))
            return True
        if project.numbering.is_change(edit.created):
            self._refuse(_OF_ALL.format(name=edit.name))
            return True
        if project.numbering.is_valid(edit.created):
            return False
        self._refuse(_OF_BEFORE.format(name=edit.name))
        return True

    def _refuse(self, text: str) -> None:
        session, action = self._session, self.undo if self.can_undo else None
        action_text = session.tr("Take it back") if self.can_undo else None
        session.tell(text, action_text=action_text, action=action)

    def finish(self) -> None:
        """Do what is left of a change, there or back, that was stopped."""
        self._run(finish_reclass, lambda: None, None)

    def _finish_stopped(self) -> None:
        session, project = self._session, self._session.project
        if project is None or not is_reclass_unfinished(project):
            return
        if project.is_read_only:
            text = "A change of classes was stopped half-way: some images have it, others not."
            session.tell(session.tr(text), is_error=True)
        else:
            self.finish()

    def _forget(self) -> None:
        self.is_busy = False

    def _run(
        self,
        work: Callable[[Project], Iterator[Reclassed]],
        finished: Callable[[], None],
        show: Show | None,
    ) -> None:
        session, project = self._session, self._session.project
        if project is None:
            return
        self.is_busy = True
        session.modelling.hold()
        number = project.numbering.number

        def steps(project: Project) -> Iterator[Reclassed]:
            yield from work(project)
            project.flush()  # the engine reads the label files next

        def done(results: list[Reclassed], is_cancelled: bool) -> None:
            if project is not session.project:
                return
            if is_cancelled and is_reclass_unfinished(project):
                plan = last_reclass(project)
                is_back = plan is not None and plan.taken_back is not None
                self._run(finish_reclass if is_back else undo_reclass, finished, show)
                return
            self._end(project)
            self._tell(project, results)
            finished()

        def failed(error: Exception) -> None:
            if project is not session.project:
                return
            if project.numbering.number == number and not is_reclass_unfinished(project):
                self.is_busy = False
                session.modelling.release()
                session.tell(str(error), is_error=True)
            else:
                again = session.tr("Try again")
                session.tell(str(error), is_error=True, action_text=again, action=self.finish)
            finished()

        title = session.tr("Changing the classes")
        total = len(project.images)
        session.files.run(title, steps, total=total, done=done, failed=failed, show=show)

    def _end(self, project: Project) -> None:
        """Everybody goes on with the new numbers."""
        session, plan = self._session, last_reclass(project)
        assert plan is not None
        self.is_busy = False
        # The model has them already when a change was taken back that had not come to its end.
        has_model_them = session.modelling.classes == project.classes
        same = tuple(range(project.classes.count_for_model))
        session.modelling.renumber(same if has_model_them else plan.model_ids())
        session.conflicts.forget()
        session.reviewing.read_again()
        session.reload_labels(project)
        chosen = plan.class_now(session.current_class)
        session.select_class(chosen if project.classes.has(chosen) else project.classes[-1].id)

    def _tell(self, project: Project, results: list[Reclassed]) -> None:
        session = self._session
        problems = [result.problem for result in results if result.problem]
        text = _DONE if self.can_undo else _BACK
        told = text.format(count=sum(result.pixels > 0 for result in results))
        action = self.undo if self.can_undo else None
        session.tell(
            with_problems(told, problems),
            is_error=bool(problems),
            action_text=session.tr("Take it back") if self.can_undo else None,
            action=action,
        )
