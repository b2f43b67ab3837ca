"""The learning state that the window shows, step by step from the engine's events."""

from pathlib import Path

from app.engine.events import EngineReady, Failed, Learned, LearningStopped, ModelOpened, Published
from app.engine.requests import ImageRef
from app.learning import LearningState, learning_after


def test_it_is_not_ready_before_the_engine_says_its_device() -> None:
    assert not LearningState().is_ready
    state = learning_after(LearningState(), EngineReady("CPU"))
    assert state.is_ready
    assert state.device == "CPU"


def test_steps_add_to_the_loss_curve_and_keep_the_last_held_out_score() -> None:
    state = LearningState()
    for step, validation in ((1, None), (2, 0.5), (3, None)):
        state = learning_after(state, Learned(step, 1.0 / step, validation, 0.0))
    assert state.losses == ((1, 1.0), (2, 0.5), (3, 1.0 / 3))
    assert state.validation == 0.5
    assert state.is_learning
    assert "0.50" in state.sentence


def test_the_loss_curve_does_not_grow_without_end() -> None:
    state = LearningState()
    for step in range(3_000):
        state = learning_after(state, Learned(step, 0.0, None, 0.0))
    assert len(state.losses) == 2_000
    assert state.losses[-1][0] == 2_999


def test_a_published_version_is_named() -> None:
    state = learning_after(LearningState(), Published("v0002", Path("v0002"), 0.8, 3))
    assert state.version == "v0002"
    assert "v0002" in state.sentence


def test_stopping_gives_the_reason() -> None:
    state = learning_after(LearningState(is_learning=True), LearningStopped("Enough."))
    assert not state.is_learning
    assert state.sentence == "Enough."


def test_a_failure_of_one_image_does_not_stop_learning() -> None:
    before = LearningState(is_learning=True)
    after = learning_after(before, Failed("broken", ImageRef("a", Path("a"))))
    assert after == before
    assert not learning_after(before, Failed("no torch")).is_learning


def test_an_opened_model_is_named() -> None:
    assert learning_after(LearningState(), ModelOpened("unet:resnet18", True)).model == (
        "unet:resnet18"
    )


def test_a_course_that_begins_anew_has_a_curve_of_its_own() -> None:
    state = LearningState()
    for step in (1, 2, 1):
        state = learning_after(state, Learned(step, 1.0 / step, None, 0.0))
    assert state.losses == ((1, 1.0),)
