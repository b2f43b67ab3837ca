"""The engine's queue: order of urgency, and what replaces what."""

from pathlib import Path

import numpy as np
import pytest

from app.engine.inbox import Inbox
from app.engine.requests import (
    AnswerStroke,
    ImageRef,
    Learn,
    PredictImage,
    Request,
    SegmentFolder,
    SetLearning,
    Urgency,
)

A = ImageRef("a.png", Path("a.png"))
B = ImageRef("b.png", Path("b.png"))


def stroke(image: ImageRef) -> AnswerStroke:
    return AnswerStroke(image, np.zeros((2, 2), np.uint8))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def take_all(inbox: Inbox) -> list[Request]:
    taken = []
    while (job := inbox.most_urgent()) is not None:
        taken.append(job.request)
        inbox.finish(job)
    return taken


def test_what_the_user_looks_at_comes_before_strokes_learning_and_the_folder(inbox: Inbox) -> None:
    folder, learn, answer, look = SegmentFolder((A, B)), Learn(), stroke(A), PredictImage(B)
    ahead, pause = PredictImage(A, urgency=Urgency.PREFETCH), SetLearning(is_on=False)
    for request in (folder, learn, ahead, answer, look, pause):
        inbox.put(request)
    assert take_all(inbox) == [pause, look, answer, ahead, learn, folder]


def test_a_newer_stroke_replaces_the_waiting_one_of_the_same_image_only(inbox: Inbox) -> None:
    first, other, second = stroke(A), stroke(B), stroke(A)
    for request in (first, other, second):
        inbox.put(request)
    assert take_all(inbox) == [other, second]


def test_a_stroke_that_is_being_answered_is_not_thrown_away_by_the_next(inbox: Inbox) -> None:
    first, second = stroke(A), stroke(A)
    inbox.put(first)
    job = inbox.most_urgent()
    assert job is not None
    job.slices = (None for _ in range(3))
    inbox.put(second)
    assert take_all(inbox) == [first, second]


def test_looking_at_another_image_stops_the_prediction_of_the_one_before(inbox: Inbox) -> None:
    inbox.put(PredictImage(A))
    job = inbox.most_urgent()
    assert job is not None
    ended = []

    def slices():
        try:
            yield None
        finally:
            ended.append("closed")

    job.slices = slices()
    next(job.slices)
    inbox.put(PredictImage(B))
    assert take_all(inbox) == [PredictImage(B)]
    assert ended == ["closed"]


def test_learning_is_asked_for_once(inbox: Inbox) -> None:
    for _ in range(3):
        inbox.put(Learn())
    assert take_all(inbox) == [Learn()]


def test_a_new_list_of_the_folder_replaces_the_old_one(inbox: Inbox) -> None:
    inbox.put(SegmentFolder((A, B)))
    inbox.put(SegmentFolder((B,)))
    assert take_all(inbox) == [SegmentFolder((B,))]


def test_closing_wakes_a_waiting_engine(inbox: Inbox) -> None:
    inbox.close()
    inbox.wait()
    assert inbox.is_closed


def spend(inbox: Inbox, slices: int, seconds: dict[type, float]) -> dict[type, float]:
    """Do so many slices; gives the time each kind of work got."""
    got: dict[type, float] = {}
    for _ in range(slices):
        job = inbox.most_urgent()
        assert job is not None
        kind = type(job.request)
        inbox.note_spent(job, seconds[kind])
        got[kind] = got.get(kind, 0.0) + seconds[kind]
    return got


def test_learning_and_the_folder_share_idle_time_half_and_half(inbox: Inbox) -> None:
    inbox.put(Learn())
    inbox.put(SegmentFolder((A, B)))
    got = spend(inbox, 60, {Learn: 1.0, SegmentFolder: 0.25})
    assert abs(got[Learn] - got[SegmentFolder]) <= 1.0


def test_what_was_done_alone_is_not_held_against_learning_later(inbox: Inbox) -> None:
    inbox.put(Learn())
    spend(inbox, 100, {Learn: 1.0})
    inbox.put(SegmentFolder((A, B)))
    got = spend(inbox, 20, {Learn: 1.0, SegmentFolder: 1.0})
    assert got[Learn] == got[SegmentFolder] == 10


def test_a_stroke_interrupts_both_at_the_next_slice(inbox: Inbox) -> None:
    inbox.put(Learn())
    inbox.put(SegmentFolder((A, B)))
    spend(inbox, 3, {Learn: 1.0, SegmentFolder: 1.0})
    answer = stroke(A)
    inbox.put(answer)
    job = inbox.most_urgent()
    assert job is not None
    assert job.request is answer


def test_what_is_left_of_a_large_prediction_gives_way_to_a_newer_one(inbox: Inbox) -> None:
    first, second = stroke(A), AnswerStroke(A, steps=(), number=2)
    inbox.put(first)
    job = inbox.most_urgent()
    assert job is not None
    job.slices = (None for _ in range(9))
    job.tells_parts = True
    inbox.put(second)
    # The older one has been learned: only the newer one is left to do.
    assert take_all(inbox) == [second]
