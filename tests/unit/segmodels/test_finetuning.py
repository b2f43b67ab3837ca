"""The slow path: what it trains on, what it publishes, and what it survives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pictures import disc_picture, strokes

import segmodels
from segmodels import LearnerSettings, TrainSettings
from segmodels.finetuning import gate, tuner
from segmodels.finetuning.gate import Judgement
from segmodels.finetuning.material import material_steps
from segmodels.steps import run

QUICK = TrainSettings(crop=48, batch=2, course_steps=4, patience=1, cell=16, step_seconds=1e-9)


def quick_learner(images: int = 2, **changes: object) -> segmodels.Learner:
    settings = LearnerSettings(train=replace(QUICK, **changes))
    learner = segmodels.Learner(classes=2, model="filters", device="cpu", settings=settings)
    for seed in range(images):
        image, truth = disc_picture(seed=seed)
        learner.put_sample(str(seed), image, strokes(truth, seed=seed, per_class=8))
    learner.solve_head()
    return learner


def always(monkeypatch: pytest.MonkeyPatch, *, is_gain: bool) -> None:
    monkeypatch.setattr(gate.Judgement, "is_gain_over", lambda *_: is_gain)


def test_each_step_is_reported_and_the_end_is_said() -> None:
    reports = list(quick_learner().train(steps=3))
    steps = [report.step for report in reports]
    assert steps == sorted(steps)
    assert steps[-1] == 3
    assert reports[-1].is_finished
    assert not any(report.is_finished for report in reports[:-1])
    assert all(np.isfinite(report.loss) for report in reports if report.step)


def test_nothing_is_trained_without_two_classes() -> None:
    learner = segmodels.Learner(classes=2, model="filters", device="cpu")
    with pytest.raises(segmodels.NothingToLearn):
        list(learner.train(steps=1))


def test_a_frozen_model_says_that_only_its_head_learns() -> None:
    learner = segmodels.Learner(classes=2, model="features:resnet18", device="cpu")
    with pytest.raises(segmodels.NothingToLearn, match="head"):
        learner.train(steps=1)


def test_a_better_network_is_published_and_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    always(monkeypatch, is_gain=True)
    learner = quick_learner()
    assert learner.source.network is None
    reports = list(learner.train(steps=4))
    assert reports[-1].is_published
    assert reports[-1].validation is not None
    assert learner.source.network is not None
    image, truth = disc_picture(seed=9)
    assert (learner.predict(image).labels == truth).mean() > 0.9


def test_a_network_that_is_no_better_is_dropped_and_training_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    always(monkeypatch, is_gain=False)
    learner = quick_learner(patience=2)
    source, before = learner.source, learner.predict(disc_picture(seed=9)[0]).labels
    reports = list(learner.train())
    assert reports[-1].is_finished
    assert not any(report.is_published for report in reports)
    assert reports[-1].step == 2 * QUICK.course_steps
    assert learner.source is source
    np.testing.assert_array_equal(learner.predict(disc_picture(seed=9)[0]).labels, before)


def test_there_is_a_model_to_predict_with_at_every_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    always(monkeypatch, is_gain=True)
    learner = quick_learner()
    image, _ = disc_picture(48, 48, seed=9)
    for _ in learner.train(steps=9):
        assert learner.predict(image).labels.shape == (48, 48)


def test_a_prediction_that_began_before_a_publish_ends_with_what_it_began_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    always(monkeypatch, is_gain=True)
    learner = quick_learner()
    image, _ = disc_picture(seed=9)
    expected = learner.predict(image)
    steps = learner.predict_steps(image, key="x")
    next(steps)
    list(learner.train(steps=4))
    np.testing.assert_array_equal(run(steps).confidence, expected.confidence)


def test_training_goes_on_where_it_was_stopped() -> None:
    learner = quick_learner(course_steps=50)
    reports = learner.train()
    while next(reports).step < 2:
        pass
    reports.close()
    assert list(learner.train(steps=2))[-1].step == 4


def test_settings_that_are_told_between_two_trainings_hold_from_the_next_on(tmp_path) -> None:
    learner = quick_learner()
    list(learner.train(steps=1))
    told = replace(QUICK, loss="focal", crop=32)
    learner.set_training(told)
    list(learner.train(steps=1))
    assert learner._course._tuner.settings == told
    learner.save(tmp_path / "m")
    assert segmodels.Learner.load(tmp_path / "m", device="cpu").settings.train == told


def test_strokes_and_classes_may_come_while_it_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    always(monkeypatch, is_gain=True)
    learner = quick_learner()
    image, truth = disc_picture(seed=30)
    for count, report in enumerate(learner.train(steps=10)):
        if count == 3:
            learner.set_classes(3)
            labels = strokes(truth, per_class=8)
            labels[labels == 1] = 2
            learner.put_sample("new", image, labels)
        if report.is_published:
            assert learner.predict(image).labels.max() <= 2
    assert 2 in np.unique(learner.predict(image).labels)


def test_a_saved_fine_tuned_model_predicts_the_same(monkeypatch, tmp_path) -> None:
    always(monkeypatch, is_gain=True)
    learner = quick_learner()
    list(learner.train(steps=4))
    learner.save(tmp_path / "m")
    loaded = segmodels.Learner.load(tmp_path / "m", device="cpu")
    image, _ = disc_picture(seed=9)
    np.testing.assert_array_equal(
        loaded.predict(image).confidence, learner.predict(image).confidence
    )


def test_after_a_restart_the_same_network_is_to_be_beaten_on_the_same_pixels(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    always(monkeypatch, is_gain=True)
    learner = quick_learner()
    assert any(report.is_published for report in learner.train(steps=4))
    learner.save(tmp_path / "m")
    loaded = segmodels.Learner.load(tmp_path / "m", device="cpu")
    for key, sample in learner.samples.items():
        loaded.put_sample(key, sample.image, sample.labels)
    loaded.solve_head()
    before, after = (
        run(material_steps(pupil, pupil.settings.train, pupil.source.network.input_scale, draw=0))
        for pupil in (learner, loaded)
    )
    assert before.in_use is not None
    assert after.in_use.mean_iou == pytest.approx(before.in_use.mean_iou)
    assert after.in_use.loss == pytest.approx(before.in_use.loss, rel=1e-3)
    for key, cells in before.held_out.cells.items():
        assert np.array_equal(after.held_out.cells[key], cells)
    reports = list(loaded.train(steps=4))
    assert reports[-1].is_finished
    assert np.isfinite(reports[-1].loss)


def test_a_step_that_goes_to_infinity_returns_to_the_last_good_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learner = quick_learner()
    real, calls = tuner.partial_loss, iter(range(100))

    def sometimes_nan(*arguments, **options):
        loss = real(*arguments, **options)
        return loss * float("nan") if next(calls) == 1 else loss

    monkeypatch.setattr(tuner, "partial_loss", sometimes_nan)
    list(learner.train(steps=4))
    trained = learner._course._tuner
    assert all(value.isfinite().all() for value in trained.student.state_dict().values())
    assert all(value.isfinite().all() for value in trained.head.state_dict().values())
    assert trained._rate_scale == 0.5


def test_any_architecture_can_be_fine_tuned() -> None:
    settings = LearnerSettings(train=QUICK)
    learner = segmodels.Learner(classes=2, model="unet:resnet18", device="cpu", settings=settings)
    image, truth = disc_picture()
    learner.put_sample("a", image, strokes(truth, per_class=8))
    learner.solve_head()
    assert list(learner.train(steps=2))[-1].is_finished


def test_with_few_images_the_gate_wants_a_clear_gain() -> None:
    base = Judgement(0.7, 0.5, (0.4, 0.6))
    assert Judgement(0.7, 0.4, (0.3, 0.5)).is_gain_over(base)
    assert not Judgement(0.7, 0.48, (0.38, 0.58)).is_gain_over(base)
    assert not base.is_gain_over(base)
    assert not Judgement(0.6, 0.4, (0.3, 0.5)).is_gain_over(base)


def test_with_more_images_the_gain_must_not_be_that_of_one_of_them() -> None:
    base = Judgement(0.7, 0.5, (0.5, 0.5, 0.5, 0.5))
    assert Judgement(0.7, 0.47, (0.48, 0.47, 0.46, 0.47)).is_gain_over(base)
    assert not Judgement(0.7, 0.45, (0.7, 0.55, 0.52, 0.1)).is_gain_over(base)
    assert not Judgement(0.6, 0.47, (0.48, 0.47, 0.46, 0.47)).is_gain_over(base)


def test_images_of_one_group_count_as_one_as_they_are_alike() -> None:
    truth = np.tile(np.array([0, 1], np.uint8), 6)
    images, patients = np.repeat(np.array([*"abcdef"]), 2), np.repeat(np.array([*"xyz"]), 4)
    right = torch.nn.functional.one_hot(torch.from_numpy(truth).long()).float()
    before, after = torch.zeros(12, 2), right.clone()
    after[8:] = -0.46 * right[8:]  # two patients gain, and the third one, of two images, loses

    def is_gain(units: np.ndarray) -> bool:
        newer, older = (gate.judgement_of(scores, truth, units, 2) for scores in (after, before))
        assert len(newer.losses) == len(set(units))
        return newer.is_gain_over(older)

    assert is_gain(images)
    assert not is_gain(patients)


def test_networks_are_judged_by_the_groups_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[Judgement] = []
    told = gate.judgement_of

    def note(*arguments) -> Judgement:
        judged.append(told(*arguments))
        return judged[-1]

    monkeypatch.setattr(gate, "judgement_of", note)
    learner = quick_learner(images=4)
    list(learner.train(steps=1))
    learner.set_grouping(lambda key: "odd" if int(key) % 2 else "even")
    list(learner.train(steps=1))
    assert [len(one.losses) for one in (judged[0], judged[-1])] == [4, 2]
