"""The learner's fast path: strokes in, masks out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import disc_picture, strokes

import segmodels
from segmodels import normal
from segmodels.cache import FeatureCache
from segmodels.filters import FIXED_CHANNELS
from segmodels.learner_settings import LearnerSettings
from segmodels.metrics import Scores, confusion_matrix
from segmodels.steps import run


def learner_of(images: int = 2, *, classes: int = 2, **options: object) -> segmodels.Learner:
    learner = segmodels.Learner(classes=classes, model="filters", device="cpu", **options)
    for seed in range(images):
        image, truth = disc_picture(seed=seed)
        learner.put_sample(str(seed), image, strokes(truth, seed=seed))
    return learner


def mean_iou(learner: segmodels.Learner, seed: int = 9) -> float:
    image, truth = disc_picture(seed=seed)
    predicted = learner.predict(image).labels
    return Scores(confusion_matrix(truth, predicted, classes=2)).mean_iou


def test_a_few_strokes_segment_an_image_that_was_never_painted() -> None:
    learner = learner_of()
    report = learner.solve_head()
    assert report.classes_seen == (0, 1)
    assert report.pixels > 50
    assert mean_iou(learner) > 0.9


def test_a_prediction_has_the_image_size_and_says_how_sure_it_is() -> None:
    learner = learner_of()
    learner.solve_head()
    image, truth = disc_picture(51, 67, seed=3)
    prediction = learner.predict(image)
    assert prediction.labels.shape == prediction.confidence.shape == (51, 67)
    assert prediction.labels.dtype == prediction.confidence.dtype == np.uint8
    assert prediction.runner_up is not None
    assert (prediction.runner_up != prediction.labels).all()
    right = prediction.labels == truth
    assert prediction.confidence[right].mean() > prediction.confidence[~right].mean()


def test_nothing_can_be_learned_without_strokes() -> None:
    learner = learner_of(0)
    assert not learner.can_predict
    with pytest.raises(segmodels.NothingToLearn):
        learner.solve_head()
    with pytest.raises(segmodels.NothingToLearn):
        learner.predict(disc_picture()[0])


def test_one_class_alone_cannot_be_told_from_anything() -> None:
    learner = learner_of(0)
    image, truth = disc_picture()
    labels = strokes(truth)
    labels[labels == 0] = segmodels.UNLABELLED
    learner.put_sample("a", image, labels)
    with pytest.raises(segmodels.NothingToLearn, match="another"):
        learner.solve_head()


def test_a_sample_is_replaced_by_its_key_and_removed_when_nothing_is_left() -> None:
    learner = learner_of(1)
    image, truth = disc_picture(seed=0)
    learner.put_sample("0", image, strokes(truth, seed=5))
    assert list(learner.samples) == ["0"]
    learner.put_sample("0", image, np.full_like(truth, segmodels.UNLABELLED))
    assert not learner.samples


def test_labels_that_do_not_fit_are_refused() -> None:
    learner = learner_of(0)
    image, truth = disc_picture()
    with pytest.raises(ValueError, match="labels"):
        learner.put_sample("a", image, truth[:-1])
    with pytest.raises(ValueError, match="class 8"):
        learner.put_sample("a", image, truth + 7)


def test_a_class_added_later_works_at_once_and_keeps_the_others() -> None:
    learner = learner_of()
    learner.solve_head()
    learner.set_classes(3)
    image, truth = disc_picture(seed=20)
    assert set(np.unique(learner.predict(image).labels)) == {0, 1}
    image[30:60, 30:60] = (40, 200, 60)
    labels = np.full_like(truth, segmodels.UNLABELLED)
    labels[40:46, 35:50] = 2
    learner.put_sample("green", image, labels)
    learner.solve_head()
    predicted = learner.predict(image).labels
    assert (predicted[33:57, 33:57] == 2).mean() > 0.9
    assert mean_iou(learner) > 0.9


def test_the_callers_labels_are_copied() -> None:
    learner = learner_of(0)
    image, truth = disc_picture()
    labels = strokes(truth)
    learner.put_sample("a", image, labels)
    labels[:] = 1
    assert learner.samples["a"].classes == (0, 1)


def test_cached_features_give_the_same_prediction() -> None:
    learner = learner_of()
    learner.solve_head()
    image, _ = disc_picture(seed=4)
    fresh = learner.predict(image)
    first = learner.predict(image, key="x")
    again = learner.predict(image, key="x")
    for prediction in (first, again):
        np.testing.assert_array_equal(prediction.labels, fresh.labels)
        np.testing.assert_array_equal(prediction.confidence, fresh.confidence)


def test_another_image_under_a_known_key_is_looked_at_anew() -> None:
    learner = learner_of()
    learner.solve_head()
    one, _ = disc_picture(seed=4)
    other, _ = disc_picture(seed=5)
    learner.predict(one, key="x")
    np.testing.assert_array_equal(
        learner.predict(other, key="x").labels, learner.predict(other).labels
    )


def test_the_cache_forgets_what_was_used_longest_ago() -> None:
    pixels = 96 * 128
    one = 2 * pixels * (FIXED_CHANNELS + 5)
    learner = learner_of(settings=LearnerSettings(cache_bytes=int(2.5 * one)))
    learner.solve_head()
    for seed in range(4):
        learner.predict(disc_picture(seed=seed)[0], key=f"image {seed}")
    assert learner.source.cache.bytes == 2 * one


def test_an_image_too_large_for_the_cache_is_predicted_without_it() -> None:
    learner = learner_of(settings=LearnerSettings(cache_bytes=1000))
    learner.solve_head()
    assert mean_iou(learner) > 0.9
    assert learner.source.cache.bytes == 0


def test_an_entry_of_the_cache_is_dropped_whole() -> None:
    cache = FeatureCache(10_000)
    image, _ = disc_picture()
    tile = learner_of(0).source.tiles(image)[0]
    cache.put("a", image, tile, torch.zeros(10, 10))
    cache.put("a", image + 1, tile, torch.zeros(20, 10))
    assert cache.bytes == 800
    assert cache.get("a", image, tile) is None


def test_the_part_that_is_looked_at_is_predicted_first(monkeypatch) -> None:
    monkeypatch.setattr(normal, "ALL_OF", 0)
    monkeypatch.setattr(normal, "SOME_OF", 64 * 64)
    learner = learner_of(settings=LearnerSettings(tile=64))
    learner.solve_head()
    image, _ = disc_picture(128, 192, seed=6)
    seen: list[tuple[int, int]] = []
    make = learner.source.maker.tile_steps

    def spy(image, tile, *rest):
        seen.append((tile.own.x0, tile.own.y0))
        return make(image, tile, *rest)

    learner.source.maker.tile_steps = spy
    steps = learner.predict_steps(image, first=(130, 70, 140, 80))
    for _ in steps:
        pass
    assert seen[1] == (128, 64)  # after the tile that the image is measured by
    assert len(seen) == len(set(seen)) == 6


def test_the_same_seed_gives_the_same_model() -> None:
    predictions = []
    for _ in range(2):
        learner = learner_of(seed=3)
        learner.solve_head()
        predictions.append(learner.predict(disc_picture(seed=7)[0]).confidence)
    np.testing.assert_array_equal(*predictions)


def test_a_saved_model_predicts_the_same_and_learns_on(tmp_path: Path) -> None:
    learner = learner_of()
    learner.solve_head()
    image, _ = disc_picture(seed=8)
    learner.save(tmp_path / "model")
    loaded = segmodels.Learner.load(tmp_path / "model", device="cpu")
    assert loaded.model_name == "filters"
    np.testing.assert_array_equal(loaded.predict(image).labels, learner.predict(image).labels)
    for key, sample in learner.samples.items():
        loaded.put_sample(key, sample.image, sample.labels)
    loaded.solve_head()
    assert mean_iou(loaded) > 0.9


def test_a_model_that_was_never_solved_is_saved_too(tmp_path: Path) -> None:
    learner_of(0, classes=5).save(tmp_path / "model")
    loaded = segmodels.Learner.load(tmp_path / "model", device="cpu")
    assert loaded.classes == 5
    assert not loaded.can_predict


def test_a_saved_head_of_other_features_is_left_out_and_solved_anew(tmp_path: Path) -> None:
    learner = learner_of()
    learner.solve_head()
    parts = learner.head.parts()
    shifted = [(group.roll(1), head) for group, head in parts]
    learner._head = type(learner.head)(*zip(*shifted, strict=True))
    learner.save(str(tmp_path / "m"))
    again = segmodels.Learner.load(str(tmp_path / "m"))
    assert not again.can_predict
    again.take_samples(learner)
    again.solve_head()
    assert mean_iou(again) > 0.9


@pytest.mark.parametrize("averaging", ["off", "flips"])
def test_the_parts_that_are_told_make_up_the_prediction(averaging) -> None:
    learner = learner_of(settings=LearnerSettings(tile=64))
    learner.solve_head()
    image, _ = disc_picture(128, 192, seed=6)
    told = []
    steps = learner.predict_steps(
        image, averaging=averaging, tell=lambda box, part: told.append((box, part))
    )
    whole = run(steps)
    labels, confidence = np.full((2, 128, 192), 255, np.uint8)
    for box, part in told:
        assert (labels[box.slices] == 255).all()
        labels[box.slices], confidence[box.slices] = part.labels, part.confidence
    np.testing.assert_array_equal(labels, whole.labels)
    np.testing.assert_array_equal(confidence, whole.confidence)
