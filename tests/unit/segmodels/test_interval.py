"""Confidence intervals over images, on data whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from segmodels.interval import FEWEST_IMAGES, areas_of, estimate, pooled_iou
from segmodels.metrics import Scores, confusion_matrix


def mean(values):
    return values.mean(axis=-1, keepdims=True)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    hits = 0
    for trial in range(200):
        (found,) = estimate(random.beta(8, 3, 20), mean, seed=trial)
        hits += found.low <= 8 / 11 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_more_images_make_a_narrower_interval() -> None:
    random = np.random.default_rng(0)
    few, many = (estimate(random.beta(8, 3, n), mean)[0] for n in (6, 200))
    assert many.high - many.low < (few.high - few.low) / 3


def test_of_very_few_images_only_the_value_is_told() -> None:
    (found,) = estimate(np.array([0.5, 0.7, 0.9]), mean)
    assert found.value == pytest.approx(0.7)
    assert np.isnan(found.low)
    assert np.isnan(found.high)


def test_images_that_all_score_the_same_have_an_interval_without_width() -> None:
    (found,) = estimate(np.full(FEWEST_IMAGES, 0.8), mean)
    assert found.low == found.high == pytest.approx(0.8)


def test_a_skewed_sample_has_a_skewed_interval() -> None:
    (found,) = estimate(np.array([0.9] * 9 + [0.1]), mean)
    assert found.value - found.low > found.high - found.value


def test_the_interval_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    sample = np.random.default_rng(5).exponential(1, 12) ** 3
    (found,) = estimate(sample, mean)
    theirs = stats.bootstrap(
        (sample,), np.mean, n_resamples=20_000, method="BCa", random_state=np.random.default_rng(0)
    ).confidence_interval
    plain = stats.bootstrap(
        (sample,),
        np.mean,
        n_resamples=20_000,
        method="percentile",
        random_state=np.random.default_rng(0),
    ).confidence_interval
    assert (
        abs(theirs.high - plain.high) > 0.25 * theirs.high
    )  # else the two ways could not be told apart
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=0.1)


def test_pooled_iou_is_the_iou_over_all_pixels_of_the_images() -> None:
    random = np.random.default_rng(1)
    pairs = random.integers(0, 3, (4, 2, 20, 20)).astype(np.uint8)
    matrices = [confusion_matrix(truth, found, classes=4) for truth, found in pairs]
    areas = np.stack([areas_of(matrix) for matrix in matrices])
    np.testing.assert_allclose(pooled_iou(areas), Scores(sum(matrices)).iou)
    assert np.isnan(pooled_iou(areas)[3])


def test_each_class_gets_an_interval_of_its_own() -> None:
    random = np.random.default_rng(2)
    areas = np.zeros((12, 2, 3), np.int64)
    areas[:, 0] = (95, 100, 100)
    right = random.integers(10, 90, 12)
    areas[:, 1] = np.stack((right, np.full(12, 100), np.full(12, 100)), axis=1)
    steady, shaky = estimate(areas, pooled_iou)
    assert steady.high - steady.low < 1e-9
    assert shaky.low < shaky.value < shaky.high
