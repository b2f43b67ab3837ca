"""The engine's queue: one job a request, the most urgent first, each advanced slice by slice.

Learning and the rest of the folder share the time that nothing more urgent needs, half and half.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass, field

from app.engine.events import Event
from app.engine.requests import (
    AnswerStroke,
    FindConflicts,
    Learn,
    PredictImage,
    PredictWith,
    Request,
    SegmentFolder,
    Urgency,
)

Slices = Generator[Event | None, None, None]


@dataclass(eq=False)
class Job:
    """A request, and its work once begun: a generator that yields after each slice."""

    request: Request
    number: int
    slices: Slices | None = field(default=None, repr=False)
    tells_parts: bool = False

    @property
    def has_begun(self) -> bool:
        """Whether a slice of it was done."""
        return self.slices is not None

    @property
    def rank(self) -> tuple[int, int]:
        """The lowest rank is worked on first: by urgency, then in the order of asking."""
        return (int(self.request.urgency), self.number)

    @property
    def is_idle_work(self) -> bool:
        """Whether nobody waits for it: learning, and the rest of the folder."""
        return self.request.urgency >= Urgency.LEARN


class Inbox:
    """Requests from any thread, taken by the engine's thread."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._new: list[Request] = []
        self._jobs: list[Job] = []
        self._count = 0
        self._is_closed = False
        self._spent: dict[Urgency, float] = {}

    def put(self, request: Request) -> None:
        """Add a request. Any thread; never blocks for longer than the lock."""
        with self._arrived:
            self._new.append(request)
            self._arrived.notify()

    def close(self) -> None:
        """Wake the engine for the last time. Any thread."""
        with self._arrived:
            self._is_closed = True
            self._arrived.notify()

    @property
    def is_closed(self) -> bool:
        """Whether the engine shall end."""
        return self._is_closed

    def most_urgent(self) -> Job | None:
        """Take in what has arrived; the job to advance now, or None."""
        with self._arrived:
            new, self._new = self._new, []
        for request in new:
            if isinstance(request, Learn) and any(job.request == request for job in self._jobs):
                continue
            self._add(request)
        first = min(self._jobs, key=lambda job: job.rank, default=None)
        return self._in_turn() if first is not None and first.is_idle_work else first

    def note_spent(self, job: Job, seconds: float) -> None:
        """A slice of the job took so long: what is done in idle time shares that time."""
        if job.is_idle_work:
            kind = job.request.urgency
            self._spent[kind] = self._spent.get(kind, 0.0) + seconds

    def finish(self, job: Job) -> None:
        """The job is done, failed, or no longer wanted."""
        self._jobs.remove(job)
        if job.slices is not None:
            job.slices.close()

    def drop(self, kind: type) -> bool:
        """Forget all jobs of that kind of request; whether there was one."""
        dropped = [job for job in self._jobs if isinstance(job.request, kind)]
        for job in dropped:
            self.finish(job)
        return bool(dropped)

    def drop_older(self, request: Request) -> list[Request]:
        """Forget all jobs that were asked before this one; what they were asked."""
        number = next(job.number for job in self._jobs if job.request is request)
        older = [job for job in self._jobs if job.number < number]
        for job in older:
            self.finish(job)
        return [job.request for job in older]

    def wait(self) -> None:
        """Sleep until something arrives. The engine's thread."""
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._new) or self._is_closed)

    def _in_turn(self) -> Job:
        """The kind of idle work that had least time since there were several."""
        kinds = {job.request.urgency for job in self._jobs}
        self._spent = {kind: self._spent.get(kind, 0.0) for kind in kinds}
        if len(kinds) == 1:
            self._spent = dict.fromkeys(kinds, 0.0)
        return min(self._jobs, key=lambda job: (self._spent[job.request.urgency], job.rank))

    def _add(self, request: Request) -> None:
        for job in [job for job in self._jobs if _replaces(request, job)]:
            self.finish(job)
            is_missed = not job.has_begun
            if isinstance(request, AnswerStroke) and isinstance(job.request, AnswerStroke):
                # What an older one tells that was not begun would be missed.
                request = job.request.followed_by(request) if is_missed else request
        self._count += 1
        self._jobs.append(Job(request, self._count))


def _replaces(new: Request, job: Job) -> bool:
    """A newer request replaces the waiting one of its kind; what is no longer looked at stops.

    So does the rest of a large prediction, of which parts are on screen, when newer ones come.
    """
    old = job.request
    is_open = not job.has_begun or job.tells_parts
    if isinstance(new, AnswerStroke) and isinstance(old, AnswerStroke):
        return new.image == old.image and is_open
    if isinstance(new, PredictImage) and isinstance(old, PredictImage):
        if new.image == old.image:
            return new.urgency <= old.urgency and is_open
        return new.urgency == old.urgency == Urgency.LOOK
    return isinstance(new, SegmentFolder | FindConflicts | PredictWith) and type(new) is type(old)
