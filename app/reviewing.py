"""Reviewing: the person is done with an image, and the model gets its honest score for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.document.project import ImageState, Project
from app.opening import OpenImage
from app.score_summary import ScoreSummary, summarise
from app.scoring import Score, measure_score

if TYPE_CHECKING:
    from app.session import Session

_UNTOUCHED = (ImageState.NEW, ImageState.SUGGESTED, ImageState.PREDICTED, ImageState.FAILED)


class Reviewing:
    """Accepts what is shown as the labels, and scores what was predicted before. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def mark_reviewed(self) -> None:
        """The person is done with this image: what is shown becomes its labels, and is scored."""
        self._review(then=lambda: None)

    def mark_reviewed_and_next(self) -> None:
        """Reviewed, and on to the next image that is not."""
        self._review(then=self._session.show_next_unreviewed)

    def _review(self, then: Callable[[], None]) -> None:
        session = self._session
        project, image = session.project, session.image
        if project is None or image is None or not session.editing.can_edit:
            then()
            return

        def note() -> None:
            session.set_state(image.item.id, ImageState.REVIEWED)
            self._score(project, image)
            then()

        if not session.editing.accept_prediction(note):
            note()

    def keep_baseline(self, image: OpenImage) -> None:
        """Set aside the prediction that stood before the first correction of an image."""
        session, layers = self._session, image.layers
        if session.project is None or layers.prediction is None or layers.is_suggestion:
            return
        if session.project.images[image.item.id].state in _UNTOUCHED:
            version = session.learning.version or session.learning.model
            keep, number = session.project.keep_baseline, session.project.numbering.number
            session.do_behind(partial(keep, image.item.id, layers.prediction, version, number))

    def _score(self, project: Project, image: OpenImage) -> None:
        """Measure the set-aside prediction against the finished labels, off the GUI thread."""
        classes = project.classes.count_for_model

        def measure() -> None:
            labels = project.committed_labels(image.item.id)
            score = measure_score(project, image.item.name, labels, classes)
            if score is not None:
                self._session.do_in_front(partial(self._add, project, image.item.id, score))

        self._session.do_behind(measure)

    def _add(self, project: Project, image_id: int, score: Score) -> None:
        session = self._session
        if project is not session.project:
            return
        project.add_score(image_id, score.version, score.as_plain())
        others = tuple(s for s in session.learning.scores if s.image_name != score.image_name)
        session.set_learning(replace(session.learning, scores=(*others, score)))
        self.summarise()

    def read_again(self) -> None:
        """The classes have other numbers now."""
        session = self._session
        if session.project is not None:
            scores = stored_scores(session.project)
            session.set_learning(replace(session.learning, scores=scores))
            if session.learning.is_ready:
                self.summarise()

    def summarise(self) -> None:
        """Put the scores together, off the GUI thread; it needs segmodels, so the engine first."""
        session, scores = self._session, self._session.learning.scores
        project = session.project

        def show(summary: ScoreSummary) -> None:
            if project is session.project and scores == session.learning.scores:
                session.set_learning(replace(session.learning, summary=summary))

        if scores:
            session.do_behind(lambda: session.do_in_front(partial(show, summarise(scores))))


def stored_scores(project: Project) -> tuple[Score, ...]:
    """The latest score of each image, in the order of review.

    One that was measured with other class numbers counts as a whole, not by class.
    """
    latest: dict[str, Score] = {}
    for score in project.scores():
        item = project.images.get(score.image_id)
        if item is not None:
            latest.pop(item.name, None)
            found = Score.from_plain(item.name, score.version, score.scores)
            is_valid = project.numbering.is_valid(score.created)
            latest[item.name] = found if is_valid else replace(found, areas=())
    return tuple(latest.values())
