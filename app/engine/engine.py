"""One worker thread that owns the model: the most urgent request first, learning when idle."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.events import (
    ConflictsFound,
    EngineReady,
    Event,
    Failed,
    FolderProgress,
    LearningStopped,
    PartPredicted,
    StartCancelled,
    VersionOpened,
)
from app.engine.inbox import Inbox, Job, Slices
from app.engine.making import Making
from app.engine.requests import (
    AnswerStroke,
    CancelFolder,
    CancelStart,
    FindConflicts,
    ImportModel,
    InstallModel,
    KeepVersion,
    Learn,
    LoadSamples,
    OpenModel,
    PredictImage,
    PredictWith,
    RenumberClasses,
    Request,
    SegmentFolder,
    SetAveraging,
    SetClasses,
    SetGrouping,
    SetLearning,
    StartFrom,
    Urgency,
    UsePretrained,
    UseVersion,
)
from app.engine.torch_loading import load_torch
from app.engine.trouble import Trouble, death, sentence_of

if TYPE_CHECKING:
    from app.engine.versions import Versions
    from app.engine.workshop import Workshop

logger = logging.getLogger(__name__)

_CLASSES_CHANGED = "The classes were changed meanwhile: choose the model again."


class Engine:
    """Takes requests from any thread; calls `emit` with events, in the engine's thread.

    `models_folder` is where versions of the model are kept. Arrays in messages belong to both
    sides and are never written.
    """

    def __init__(
        self, models_folder: Path, emit: Callable[[Event], None], *, device: str = "auto"
    ) -> None:
        self._models_folder = models_folder
        self._emit = emit
        self._device = device
        self._inbox = Inbox()
        self._trouble = Trouble()
        self._keeps_model = True
        self._is_learning_on = True
        self._numbering = 0
        self._making: Making | None = None
        self._thread = threading.Thread(target=self._run, name="maskloop-engine", daemon=True)
        self._workshop: Workshop
        self._versions: Versions

    def start(self) -> None:
        """Start the thread: it imports torch first, then answers."""
        self._thread.start()

    def ask(self, request: Request) -> None:
        """Queue a request. Any thread; returns at once."""
        self._inbox.put(request)

    def stop(self, timeout: float = 30.0) -> bool:
        """End after the slice in work, keep the model, and wait; whether it ended in time."""
        self._inbox.close()
        self._drop_making()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def abandon(self) -> None:
        """End after the slice in work, if there ever is an end, and keep nothing; do not wait."""
        self._keeps_model = False
        self._inbox.close()
        self._drop_making()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as error:
            logger.exception("the engine's thread ends")
            self._emit(death(error))

    def _serve(self) -> None:
        _stay_behind_the_window()
        try:
            load_torch()
            _leave_a_core_to_the_window()
            from app.engine.versions import Versions
            from app.engine.workshop import Workshop

            self._workshop = Workshop(self._models_folder, device=self._device)
            self._versions = Versions(self._workshop)
        except Exception as error:
            logger.exception("the engine could not start")
            sentence = f"Learning is off: torch does not start here ({error})."
            self._emit(Failed(sentence, needs_restart=True))
            return
        self._emit(EngineReady(_device_title(self._workshop)))
        while not self._inbox.is_closed:
            job = self._inbox.most_urgent()
            if job is None:
                self._inbox.wait()
            else:
                self._advance(job)
        if self._keeps_model:
            self._keep_model()

    def _advance(self, job: Job) -> None:
        """Do one slice of a job. Whatever it raises ends the job, never the thread."""
        start = time.perf_counter()
        try:
            if job.slices is None:
                job.slices = self._begin(job.request)
            event = next(job.slices)
        except StopIteration:
            self._inbox.finish(job)
            self._trouble.note_success(job.request)
        except Exception as error:
            logger.exception("failed: %r", job.request)
            self._inbox.finish(job)
            self._emit(self._trouble.failure(job.request, error))
        else:
            if event is not None:
                job.tells_parts |= isinstance(event, PartPredicted)
                self._emit(event)
        finally:
            self._inbox.note_spent(job, time.perf_counter() - start)

    def _begin(self, request: Request) -> Slices:
        work = self._workshop
        match request:
            case OpenModel():
                return work.open_model(request)
            case LoadSamples():
                return self._then_learn(work.load_samples(request.samples))
            case AnswerStroke():
                return self._then_learn(work.answer_stroke(request))
            case PredictImage():
                is_watched = request.urgency is Urgency.LOOK
                return work.predict_image(request.image, request.first, is_watched=is_watched)
            case SegmentFolder():
                return work.segment_folder(request.images)
            case FindConflicts():
                return self._find_conflicts()
            case UseVersion():
                return self._use_version(request)
            case KeepVersion():
                return self._versions.keep()
            case ImportModel():
                return self._versions.take_in(request)
            case PredictWith():
                return self._versions.predict_with(request)
            case Learn():
                return work.learn()
            case SetClasses():
                return _at_once(partial(work.make_room, request.classes))
            case RenumberClasses():
                return self._renumber(request)
            case SetAveraging():
                return work.set_averaging(request.kind)
            case SetGrouping():
                return _at_once(partial(work.set_grouping, request.expression))
            case SetLearning():
                return self._set_learning(request.is_on)
            case CancelFolder():
                return self._cancel_folder()
            case UsePretrained() | StartFrom():
                return _at_once(partial(self._make, request))
            case CancelStart():
                return self._cancel_start()
            case InstallModel():
                return self._then_learn(self._install(request))

    def _use_version(self, request: UseVersion) -> Slices:
        """What is in training belongs to the model from before; new strokes start it again."""
        for event in self._versions.use(request):
            if isinstance(event, VersionOpened):
                self._inbox.drop(Learn)
            yield event

    def _then_learn(self, slices: Slices) -> Slices:
        yield from slices
        self._learn_when_idle()

    def _learn_when_idle(self) -> None:
        if self._is_learning_on and self._workshop.learner.samples:
            self._inbox.put(Learn())

    def _set_learning(self, is_on: bool) -> Slices:
        self._is_learning_on = is_on
        if is_on:
            self._learn_when_idle()
            return
        self._inbox.drop(Learn)
        yield LearningStopped("Learning is paused. Your strokes are still answered.")

    def _cancel_folder(self) -> Slices:
        if self._inbox.drop(SegmentFolder):
            yield FolderProgress(0, 0, is_cancelled=True)
        if self._inbox.drop(FindConflicts):
            yield ConflictsFound((), "The search was stopped.")

    def _renumber(self, request: RenumberClasses) -> Slices:
        """What is in work would be told with the old numbers."""
        yield from self._cancel_folder()
        dropped = self._inbox.drop_older(request)
        self._numbering = request.numbering
        if any(isinstance(other, InstallModel) for other in dropped):
            yield Failed(_CLASSES_CHANGED)
        yield from self._workshop.renumber(request)

    def _find_conflicts(self) -> Slices:
        from app.engine.conflicts import find_conflicts  # it brings torch

        return find_conflicts(self._workshop.learner)

    def _install(self, request: InstallModel) -> Slices:
        if not request.is_wanted():
            return
        if request.numbering != self._numbering:
            raise ValueError(_CLASSES_CHANGED)
        yield from self._workshop.install(request.learner)
        self._inbox.drop(Learn)
        self._keep_model()
        self._making = None
        yield replace(request.ready, knowledge=self._workshop.knowledge)

    def _make(self, request: StartFrom | UsePretrained) -> None:
        classes, number = self._workshop.learner.classes, self._numbering

        def ask(made: InstallModel) -> None:
            self.ask(replace(made, numbering=number))

        self._drop_making()
        self._inbox.drop(InstallModel)
        self._making = Making(
            request, classes=classes, device=self._device, ask=ask, emit=self._emit
        )
        self._making.start()

    def _drop_making(self) -> bool:
        """Make no other model; whether one was in the making."""
        making, self._making = self._making, None
        if making is not None:
            making.cancel()
        return making is not None

    def _cancel_start(self) -> Slices:
        if self._drop_making():
            self._inbox.drop(InstallModel)
            yield StartCancelled()

    def _keep_model(self) -> None:
        try:
            self._workshop.save_working_model()
        except Exception as error:
            logger.exception("the model in use was not kept")
            self._emit(Failed(f"The model in use could not be kept: {sentence_of(error)}"))


def _at_once(work: Callable[[], None]) -> Slices:
    work()
    yield None


def _device_title(workshop: Workshop) -> str:
    import torch

    device = workshop.learner.device
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()


def _stay_behind_the_window() -> None:
    """A lower priority than the window's thread, and short turns with the GIL."""
    sys.setswitchinterval(0.001)
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)


def _leave_a_core_to_the_window() -> None:
    import torch

    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
