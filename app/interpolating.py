"""Interpolation between two images of a sequence: started here, done in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.document.interpolation import Interpolated, interpolate
from app.document.project import Project

if TYPE_CHECKING:
    from app.session import Session


class Interpolating:
    """Fills the images between two labelled ones. GUI thread.

    Nothing can be painted while it `is_busy`: the image on screen may be one of those.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._count: object | None = None
        self.is_busy = False
        session.project_closed.connect(self._forget)

    def _forget(self) -> None:
        self._count, self.is_busy = None, False

    def ends(self) -> tuple[int, int] | None:
        """The labelled images around the one on screen, or None when there are not two."""
        project, here = self._session.project, self._session.wanted_image
        if project is None or here is None:
            return None
        labelled = set(project.labelled_images())
        ids = list(project.images)
        place = ids.index(here)
        before = [image_id for image_id in ids[: place + 1] if image_id in labelled]
        after = [image_id for image_id in ids[place + 1 :] if image_id in labelled]
        if before and after:
            return before[-1], after[0]
        both = before + after
        return (both[-2], both[-1]) if len(both) > 1 else None

    def between(self, first: int, last: int) -> list[int]:
        """The ids from the first to the last, in the order of the folder, whichever comes first."""
        ids = [item.id for item in self._session.images()]
        start, stop = sorted((ids.index(first), ids.index(last)))
        return ids[start : stop + 1]

    def count(self, image_ids: Sequence[int], told: Callable[[str], None]) -> None:
        """Find out what `fill` would do, and tell it in a sentence; another count replaces it."""
        session, tr = self._session, self._session.tr
        count = self._count = object()

        def steps(project: Project) -> Iterator[Interpolated]:
            for result in interpolate(project, image_ids, "", is_dry_run=True):
                if self._count is not count:
                    return
                yield result

        def done(results: list[Interpolated], is_cancelled: bool) -> None:
            if self._count is count and not is_cancelled:
                filled = [result.pixels for result in results if result.pixels]
                told(f"{sum(filled):,} pixels of {len(filled)} images are filled.")

        def failed(error: Exception) -> None:
            if self._count is count:
                told(str(error))

        session.files.run(
            tr("Looking at what lies between"),
            steps,
            total=len(image_ids) - 2,
            done=done,
            failed=failed,
        )

    def stop_counting(self) -> None:
        """Nobody wants to know any longer."""
        self._count = None

    def fill(self, image_ids: Sequence[int]) -> None:
        """Fill what is unpainted between the first and the last of these."""
        session, tr = self._session, self._session.tr
        name = tr("Interpolate")
        self.stop_counting()
        self.is_busy = True

        def done(results: list[Interpolated], is_cancelled: bool) -> None:
            self.is_busy = False
            filled = [result for result in results if result.pixels]
            problems = [result.problem for result in results if result.problem]
            text = f"{len(filled)} images between were filled. Undo takes each back."
            if is_cancelled:
                text += " " + tr("The others were not: you stopped it.")
            if problems:
                text += f" {len(problems)} were left out; the first: {problems[0]}"
            session.tell(text, is_error=bool(problems))
            reload()

        def failed(error: Exception) -> None:
            self.is_busy = False
            session.tell(str(error), is_error=True)
            reload()

        def reload() -> None:
            if session.project is not None:
                session.reload_labels(session.project)

        session.files.run(
            tr("Interpolating"),
            partial(interpolate, image_ids=image_ids, name=name),
            total=max(0, len(image_ids) - 2),
            done=done,
            failed=failed,
        )
