"""The slow path: what it trains on, what it publishes, and what it survives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pictures import disc_picture, strokes

import segmodels
from segmodels import LearnerSettings, TrainSettings
from segmodels.features import ImageStatistics
from segmodels.finetuning import gate, tuner
from segmodels.finetuning.augmentation import Strength, change_light, cut_out, warp_grid
from segmodels.finetuning.crops import CropSource, Lesson
from segmodels.finetuning.gate import Judgement
from segmodels.finetuning.material import material_steps
from segmodels.samples import Sample
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


def test_out_of_memory_makes_the_crops_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = quick_learner(batch=4)
    real, calls = tuner.partial_loss, iter(range(100))

    def sometimes_full(*arguments, **options):
        if next(calls) == 0:
            raise torch.OutOfMemoryError
        return real(*arguments, **options)

    monkeypatch.setattr(tuner, "partial_loss", sometimes_full)
    list(learner.train(steps=3))
    assert learner._course._tuner._batch == 2


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


def source_of(labels: np.ndarray, image: np.ndarray) -> CropSource:
    sample = Sample.of("a", image, labels)
    lesson = Lesson(sample, labels, ImageStatistics.of(image))
    return CropSource([lesson], scale=None, seed=0)


def test_labels_of_a_crop_stay_on_their_pixels() -> None:
    image, truth = disc_picture(200, 200, seed=2)
    crops = source_of(truth, image).draw(
        6, 64, device=torch.device("cpu"), random=torch.Generator().manual_seed(0)
    )
    assert crops.images.shape == (6, 3, 64, 64)
    red = crops.images[:, 0]
    inside, outside = red[crops.labels == 1], red[crops.labels == 0]
    assert len(inside) > 500
    assert inside.mean() - outside.mean() > 1
    assert (inside > outside.mean()).float().mean() > 0.95


def test_rare_classes_are_in_the_middle_as_often_as_common_ones() -> None:
    image, _ = disc_picture(200, 200)
    labels = np.zeros((200, 200), np.uint8)
    labels[100:103, 100:103] = 1
    crops = source_of(labels, image).draw(
        40, 32, device=torch.device("cpu"), random=torch.Generator().manual_seed(0)
    )
    assert (crops.labels == 1).flatten(1).any(1).float().mean() > 0.25


def test_an_image_smaller_than_a_crop_is_reflected_and_has_no_labels_outside() -> None:
    image, truth = disc_picture(40, 40, objects=1)
    crops = source_of(truth, image).draw(
        3, 96, device=torch.device("cpu"), random=torch.Generator().manual_seed(0)
    )
    assert crops.images.isfinite().all()
    assert (crops.labels == segmodels.UNLABELLED).float().mean() > 0.3


def test_changes_of_light_keep_the_shape_and_the_order_of_tones() -> None:
    random = torch.Generator().manual_seed(0)
    x = torch.linspace(-1, 1, 32).expand(4, 3, 32, 32).contiguous()
    changed = change_light(x, random, Strength())
    assert changed.shape == x.shape
    assert changed.isfinite().all()
    assert (changed[..., -6:].mean((1, 2, 3)) > changed[..., :6].mean((1, 2, 3))).all()


def test_cut_out_covers_a_square_and_leaves_its_input_alone() -> None:
    x = torch.randn(8, 3, 32, 32)
    before = x.clone()
    covered = (cut_out(x, torch.Generator().manual_seed(0), Strength()) != x).any(1)
    assert torch.equal(x, before)
    assert set(covered.flatten(1).sum(1).tolist()) == {0, 64}


def test_a_grid_without_strength_is_a_flip_or_a_quarter_turn() -> None:
    still = Strength(turn=0, scale=0, elastic=0)
    grid = warp_grid(16, 9, 9, torch.Generator().manual_seed(0), still)
    edge = 8 / 9
    assert torch.allclose(grid.abs().amax((1, 2, 3)), torch.full((16,), edge), atol=1e-5)
