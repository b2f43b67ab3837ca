"""What a course learns from: rare classes count more, and a model's guesses come along."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pictures import disc_picture, strokes

import segmodels
from segmodels import TrainSettings
from segmodels.finetuning import material
from segmodels.finetuning.crops import CropSource, Lesson
from segmodels.steps import run


@pytest.fixture
def learner() -> segmodels.Learner:
    learner = segmodels.Learner(classes=3, model="filters", device="cpu")
    image, truth = disc_picture(64, 64)
    labels = strokes(truth, per_class=8)
    labels[:12] = 0
    learner.put_sample("a", image, labels)
    learner.solve_head()
    return learner


def made_for(learner: segmodels.Learner, **changes: float) -> material.Material:
    settings = TrainSettings(cell=16, **changes)
    return run(material.material_steps(learner, settings, None, draw=0))


def test_a_class_counts_with_the_root_of_its_rarity_and_an_unpainted_one_not_at_all(
    learner: segmodels.Learner,
) -> None:
    made = made_for(learner)
    counts = made.source.class_counts
    assert counts[0] > 4 * counts[1]
    expected = torch.tensor([(counts[1] / counts[0]) ** 0.5, 1, 0])
    torch.testing.assert_close(made.class_weights, expected)


@pytest.mark.parametrize(("weight", "is_guessed"), [(0.5, True), (0.0, False)])
def test_lessons_bring_what_the_model_in_use_says(
    learner: segmodels.Learner,
    monkeypatch: pytest.MonkeyPatch,
    weight: float,
    *,
    is_guessed: bool,
) -> None:
    taken: list[Lesson] = []

    def source(lessons: list[Lesson], **options: object) -> CropSource:
        taken.extend(lessons)
        return CropSource(lessons, **options)

    monkeypatch.setattr(material, "CropSource", source)
    made_for(learner, pseudo_weight=weight)
    (lesson,) = taken
    assert (lesson.guess is not None) == is_guessed
    if lesson.guess is not None:
        predicted = learner.predict(lesson.sample.image, key="a")
        np.testing.assert_array_equal(lesson.guess.labels, predicted.labels)
