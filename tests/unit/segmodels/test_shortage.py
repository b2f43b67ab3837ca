"""Where a GPU has too little memory the learner goes on on the CPU.

`cpu:0` stands for the GPU: torch takes it for another device than `cpu`, though it is the same.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pictures import disc_picture, strokes

import segmodels
from segmodels import LearnerSettings, TrainSettings, features
from segmodels.device import CPU
from segmodels.errors import LearnerError, NotEnoughMemory
from segmodels.steps import run

GPU = torch.device("cpu", 0)


def full() -> None:
    torch.empty(1 << 55, dtype=torch.uint8)


@pytest.fixture
def learner() -> segmodels.Learner:
    settings = LearnerSettings(train=TrainSettings(crop=48, batch=2, course_steps=50, cell=16))
    learner = segmodels.Learner(classes=2, model="filters", device="cpu:0", settings=settings)
    for seed in range(2):
        image, truth = disc_picture(seed=seed)
        learner.put_sample(str(seed), image, strokes(truth, seed=seed, per_class=6))
    return learner


@pytest.fixture
def full_on_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    real = features.FeatureMaker.tile_steps

    def tile_steps(maker, *arguments):
        if maker.device == GPU:
            full()
        return real(maker, *arguments)

    monkeypatch.setattr(features.FeatureMaker, "tile_steps", tile_steps)


def test_strokes_are_learned_on_the_cpu_when_the_gpu_is_full(learner, full_on_gpu) -> None:
    assert learner.solve_head().pixels > 50
    assert learner.device == CPU
    image, truth = disc_picture(seed=9)
    assert (learner.predict(image).labels == truth).mean() > 0.9


def test_a_prediction_begins_anew_on_the_cpu_and_is_the_same(learner, request) -> None:
    learner.solve_head()
    image, _ = disc_picture(seed=9)
    expected = learner.predict(image)
    request.getfixturevalue("full_on_gpu")
    found = learner.predict(image, key="new")
    assert learner.device == learner.source.device == CPU
    np.testing.assert_array_equal(found.confidence, expected.confidence)


def test_work_that_was_begun_before_the_move_is_begun_anew_when_it_fails(
    learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner.solve_head()
    image, _ = disc_picture(seed=9)
    expected = learner.predict(image)
    steps = learner.predict_steps(image, key="x", averaging="flips")
    next(steps)
    old = learner.source
    learner.move_to(CPU)
    monkeypatch.setattr(old, "maker", None)  # as tensors on two devices do not go together
    assert run(steps).labels.shape == expected.labels.shape


def test_training_goes_on_with_a_new_course_on_the_cpu(learner) -> None:
    learner.solve_head()
    reports = learner.train(steps=6)
    while next(reports).step < 2:
        pass
    course = learner._course
    learner.move_to(CPU)
    assert list(reports)[-1].is_finished
    assert learner._course is not course
    assert learner._course._tuner.device == CPU


def test_when_the_cpu_is_full_too_one_sentence_says_what_to_do(
    learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner.move_to(CPU)
    monkeypatch.setattr(features.FeatureMaker, "tile_steps", lambda *_: full())
    with pytest.raises(NotEnoughMemory, match="close other programs") as caught:
        learner.solve_head()
    assert isinstance(caught.value, LearnerError)


def test_another_error_moves_nothing(learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features.FeatureMaker, "tile_steps", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        learner.solve_head()
    assert learner.device == GPU
