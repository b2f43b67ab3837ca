"""Interpolation between two images of a sequence: started here, done in the background."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.document.interpolation import Interpolated, interpolate

if TYPE_CHECKING:
    from app.session import Session


class Interpolating:
    """Fills the images between two labelled ones. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

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

    def fill(self, image_ids: Sequence[int]) -> None:
        """Fill what is unpainted between the first and the last of these."""
        session, tr = self._session, self._session.tr
        name = tr("Interpolate")

        def done(results: list[Interpolated], is_cancelled: bool) -> None:
            filled = [result for result in results if result.pixels]
            problems = [result.problem for result in results if result.problem]
            text = f"{len(filled)} images between were filled. Undo takes each back."
            if problems:
                text += f" {len(problems)} were left out; the first: {problems[0]}"
            session.tell(text, is_error=bool(problems))
            reload()

        def failed(error: Exception) -> None:
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
