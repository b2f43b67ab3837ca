"""The engine's thread, with a small workshop in the place of the real one."""

import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import app.engine.engine as engine_module
from app.engine.engine import Engine
from app.engine.events import (
    ClassesRenumbered,
    EngineReady,
    Failed,
    FolderProgress,
    Learned,
    LearningStopped,
    Predicted,
)
from app.engine.requests import (
    AnswerStroke,
    ImageRef,
    PredictImage,
    RenumberClasses,
    SegmentFolder,
    SetLearning,
)

A = ImageRef("a.png", Path("a.png"))
B = ImageRef("b.png", Path("b.png"))
PIXELS = np.zeros((2, 2), np.uint8)


class SmallWorkshop:
    """Predicts in two slices, learns for ever, and waits where a test holds `gate`."""

    def __init__(self, models_folder: Path, *, device: str = "auto") -> None:
        self.learner = SimpleNamespace(samples={}, device=SimpleNamespace(type="cpu"))
        self.saved = 0

    def predict_image(self, image, first=None, *, is_watched=False):
        if image.key == "deadly.png":
            raise SystemExit
        if image.key == "broken.png":
            raise ValueError("broken.png is not an image")
        yield None
        yield Predicted(image, PIXELS, PIXELS, is_suggestion=False, version="v")

    def answer_stroke(self, request):
        self.learner.samples[request.image.key] = request.labels
        yield from self.predict_image(request.image)

    def segment_folder(self, images):
        for done, image in enumerate(images):
            yield FolderProgress(done, len(images))
            yield from self.predict_image(image)
        yield FolderProgress(len(images), len(images))

    def learn(self):
        step = 0
        while True:
            step += 1
            yield Learned(step, 1.0, None, 0.0)

    def renumber(self, request):
        yield ClassesRenumbered(request.numbering, 1)

    def save_working_model(self) -> None:
        self.saved += 1


class Listener:
    """Collects events, and lets a test wait for one."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self._arrived = threading.Condition()

    def __call__(self, event: object) -> None:
        with self._arrived:
            self.events.append(event)
            self._arrived.notify_all()

    def wait_for(self, wanted, timeout: float = 10.0) -> object:
        with self._arrived:
            found: list[object] = []

            def has_come() -> bool:
                found[:] = [event for event in self.events if wanted(event)]
                return bool(found)

            assert self._arrived.wait_for(has_come, timeout), self.events[-5:]
            return found[0]


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def engine(listener, tmp_path, monkeypatch):
    workshop_module = SimpleNamespace(Workshop=SmallWorkshop)
    monkeypatch.setattr(engine_module, "load_torch", lambda: None)
    monkeypatch.setattr(engine_module, "_leave_a_core_to_the_window", lambda: None)
    monkeypatch.setitem(__import__("sys").modules, "app.engine.workshop", workshop_module)
    engine = Engine(tmp_path, listener)
    yield engine
    assert engine.stop(timeout=10)


def is_a(kind):
    return lambda event: isinstance(event, kind)


def test_it_says_when_it_is_ready_and_answers_what_was_asked_before(engine, listener) -> None:
    engine.ask(PredictImage(A))
    engine.start()
    listener.wait_for(is_a(EngineReady))
    assert listener.wait_for(is_a(Predicted)).image == A


def test_a_stroke_is_answered_while_the_folder_is_segmented(engine, listener) -> None:
    many = tuple(ImageRef(f"{n}.png", Path(f"{n}.png")) for n in range(10_000))
    engine.ask(SetLearning(is_on=False))
    engine.ask(SegmentFolder(many))
    engine.start()
    listener.wait_for(is_a(FolderProgress))
    engine.ask(AnswerStroke(A, PIXELS))
    listener.wait_for(lambda event: isinstance(event, Predicted) and event.image == A)
    assert not any(isinstance(e, FolderProgress) and e.done == e.total for e in listener.events)


def test_learning_goes_on_when_idle_and_is_interrupted_by_a_look(engine, listener) -> None:
    engine.ask(AnswerStroke(A, PIXELS))
    engine.start()
    listener.wait_for(lambda event: isinstance(event, Learned) and event.step > 3)
    engine.ask(PredictImage(B))
    listener.wait_for(lambda event: isinstance(event, Predicted) and event.image == B)
    steps = len(listener.events)
    listener.wait_for(lambda event: isinstance(event, Learned) and event.step > steps)


def test_other_class_numbers_end_what_is_in_work_and_not_what_is_asked_after(
    engine, listener
) -> None:
    many = tuple(ImageRef(f"{n}.png", Path(f"{n}.png")) for n in range(10_000))
    engine.ask(SetLearning(is_on=False))
    engine.ask(SegmentFolder(many))
    engine.start()
    listener.wait_for(is_a(Predicted))
    engine.ask(RenumberClasses((1, 0), 2, 1))
    engine.ask(PredictImage(A))
    listener.wait_for(lambda event: isinstance(event, Predicted) and event.image == A)
    place = next(n for n, e in enumerate(listener.events) if isinstance(e, ClassesRenumbered))
    after = [e for e in listener.events[place:] if isinstance(e, Predicted)]
    assert [event.image for event in after] == [A]
    assert any(isinstance(e, FolderProgress) and e.is_cancelled for e in listener.events)


def test_pausing_stops_learning_and_says_so(engine, listener) -> None:
    engine.ask(AnswerStroke(A, PIXELS))
    engine.start()
    listener.wait_for(is_a(Learned))
    engine.ask(SetLearning(is_on=False))
    listener.wait_for(is_a(LearningStopped))
    engine.ask(PredictImage(B))
    listener.wait_for(lambda event: isinstance(event, Predicted) and event.image == B)
    assert isinstance(listener.events[-1], Predicted)


def test_a_failing_job_is_one_sentence_and_the_engine_lives_on(engine, listener) -> None:
    engine.ask(PredictImage(ImageRef("broken.png", Path("broken.png"))))
    engine.start()
    failed = listener.wait_for(is_a(Failed))
    assert failed.sentence == "broken.png is not an image"
    engine.ask(PredictImage(A))
    assert listener.wait_for(is_a(Predicted)).image == A
    assert engine.is_alive


def test_stopping_keeps_the_model_in_use(engine, listener) -> None:
    engine.start()
    listener.wait_for(is_a(EngineReady))
    assert engine.stop(timeout=10)
    assert engine._workshop.saved == 1
    assert not engine.is_alive


def test_an_engine_that_is_abandoned_keeps_no_model(engine, listener) -> None:
    engine.start()
    listener.wait_for(is_a(EngineReady))
    engine.abandon()
    assert engine.stop(timeout=10)
    assert engine._workshop.saved == 0


def test_a_dying_thread_says_so(engine, listener) -> None:
    engine.ask(PredictImage(ImageRef("deadly.png", Path("deadly.png"))))
    engine.start()
    failed = listener.wait_for(is_a(Failed))
    assert failed.needs_restart
    assert "Your strokes are safe." in failed.sentence
    engine.ask(PredictImage(A))
    assert engine.stop(timeout=10)
