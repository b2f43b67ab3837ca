"""`bench engine`: does painting stay smooth while it learns, and does it answer at once."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np

from app.bench.frame import CannotMeasure, Figure, Options
from app.bench.scenes import scene, write_scenes
from app.document.classes import UNLABELLED
from app.engine.engine import Engine
from app.engine.events import Event, FolderProgress, Learned, LearningStopped, Predicted
from app.engine.requests import (
    AnswerStroke,
    CancelFolder,
    ImageRef,
    PredictImage,
    SegmentFolder,
    SetClasses,
    SetLearning,
)

SIZE = (1000, 1000)
_LIMIT = 120


def measure(options: Options) -> Iterator[Figure]:
    """The window first, then the engine alone."""
    from app.bench.painting_lag import measure_lag

    with tempfile.TemporaryDirectory() as folder:
        paths = write_scenes(Path(folder) / "images", SIZE, count=6, kind="jpg")
        yield from measure_lag(paths[0].parent, seconds=5 if options.quick else 30)
        yield from _measure_answers(paths, Path(folder), repeats=3 if options.quick else 12)


def _measure_answers(paths: list[Path], folder: Path, repeats: int) -> Iterator[Figure]:
    refs = [ImageRef(path.name, path) for path in paths]
    heard = _Heard()
    engine = Engine(folder / "models", heard.take)
    with _noted_starts() as starts:
        engine.start()
        try:
            _teach(engine, refs[0])
            heard.wait_for(Learned, count=3)
            predictions = []
            for number in range(repeats):
                heard.wait_for(Learned)
                starts.clear()
                asked = time.perf_counter()
                engine.ask(PredictImage(refs[1 + number % (len(refs) - 1)]))
                heard.wait_for(Predicted)
                predictions.append(1000 * (starts[0] - asked))
            stops = []
            for _ in range(repeats):
                heard.wait_for(Learned)
                asked = time.perf_counter()
                engine.ask(SetLearning(is_on=False))
                stops.append(1000 * (heard.wait_for(LearningStopped) - asked))
                engine.ask(SetLearning(is_on=True))
            engine.ask(SetLearning(is_on=False))
            cancels = []
            for _ in range(repeats):
                engine.ask(SegmentFolder(tuple(refs)))
                heard.wait_for(Predicted)
                asked = time.perf_counter()
                engine.ask(CancelFolder())
                cancels.append(1000 * (heard.wait_for(FolderProgress, cancelled=True) - asked))
        finally:
            engine.stop()
    for what, times in (
        ("prediction asked for in mid-training begins", predictions),
        ("training asked to stop has stopped", stops),
        ("folder segmentation asked to stop has stopped", cancels),
    ):
        yield Figure(f"{what}, median", median(times), "ms")
        yield Figure(f"{what}, worst of {len(times)}", max(times), "ms", 150)


def _teach(engine: Engine, ref: ImageRef) -> None:
    """Some strokes of three classes on one image."""
    from segmodels.annotator import SimulatedAnnotator, paint

    _, truth = scene(*SIZE)
    labels = np.full_like(truth, UNLABELLED)
    annotator = SimulatedAnnotator()
    paint(labels, annotator.first_strokes(truth))
    paint(labels, annotator.corrections(truth, np.zeros_like(truth)))
    labels.setflags(write=False)
    engine.ask(SetClasses(3))
    engine.ask(AnswerStroke(ref, labels))


@contextmanager
def _noted_starts() -> Iterator[list[float]]:
    """When predictions begin: the engine tells only when they are done."""
    from app.engine.workshop import Workshop

    starts: list[float] = []
    original = Workshop.predict_image

    def noted(self, *arguments, **options):  # type: ignore[no-untyped-def]
        starts.append(time.perf_counter())
        yield from original(self, *arguments, **options)

    Workshop.predict_image = noted  # type: ignore[method-assign]
    try:
        yield starts
    finally:
        Workshop.predict_image = original  # type: ignore[method-assign]


class _Heard:
    """The engine's events with their times."""

    def __init__(self) -> None:
        self._events: list[tuple[float, Event]] = []
        self._news = threading.Condition()

    def take(self, event: Event) -> None:
        """Called in the engine's thread."""
        with self._news:
            self._events.append((time.perf_counter(), event))
            self._news.notify()

    def wait_for(self, kind: type, *, count: int = 1, cancelled: bool | None = None) -> float:
        """When that many new events of a kind have come. Raises CannotMeasure."""
        with self._news:
            known = len(self._events)
            times: list[float] = []

            def has_come() -> bool:
                times[:] = [
                    at
                    for at, event in self._events[known:]
                    if isinstance(event, kind)
                    and (cancelled is None or getattr(event, "is_cancelled", None) is cancelled)
                ]
                return len(times) >= count

            if not self._news.wait_for(has_come, _LIMIT):
                raise CannotMeasure(f"The engine gave no {kind.__name__} in {_LIMIT} seconds.")
            return times[count - 1]
