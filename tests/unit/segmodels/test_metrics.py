"""Scores against small examples that were worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from segmodels.metrics import Scores, boundary_f1, confusion_matrix

TRUTH = np.array([[0, 0, 1, 1], [0, 255, 1, 1]], np.uint8)
FOUND = np.array([[0, 1, 1, 1], [0, 0, 1, 0]], np.uint8)


def test_the_confusion_matrix_has_the_truth_in_rows_and_skips_the_void() -> None:
    matrix = confusion_matrix(TRUTH, FOUND, classes=3)
    np.testing.assert_array_equal(matrix, [[2, 1, 0], [1, 3, 0], [0, 0, 0]])
    assert matrix.dtype == np.int64


def test_scores_of_a_small_example() -> None:
    scores = Scores(confusion_matrix(TRUTH, FOUND, classes=3))
    np.testing.assert_allclose(scores.iou, [2 / 4, 3 / 5, np.nan])
    np.testing.assert_allclose(scores.dice, [4 / 6, 6 / 8, np.nan])
    np.testing.assert_allclose(scores.precision, [2 / 3, 3 / 4, np.nan])
    np.testing.assert_allclose(scores.recall, [2 / 3, 3 / 4, np.nan])
    np.testing.assert_allclose(scores.f1, scores.dice)
    assert scores.pixel_accuracy == pytest.approx(5 / 7)
    assert scores.mean_iou == pytest.approx(0.55)


def test_a_class_that_was_never_found_counts_as_zero() -> None:
    truth = np.array([[0, 1]], np.uint8)
    assert Scores(confusion_matrix(truth, np.zeros_like(truth), classes=2)).mean_iou == 0.25


def test_a_class_that_is_not_in_the_truth_does_not_count_in_the_mean() -> None:
    truth = np.zeros((1, 4), np.uint8)
    found = np.array([[0, 0, 0, 1]], np.uint8)
    scores = Scores(confusion_matrix(truth, found, classes=2))
    assert scores.mean_iou == 0.75
    assert scores.iou[1] == 0


def test_masks_of_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="prediction"):
        confusion_matrix(TRUTH, FOUND[:1], classes=2)


def square(shift: int) -> np.ndarray:
    mask = np.zeros((60, 60), np.uint8)
    mask[20 : 40 + shift, 20 + shift : 40 + shift] = 1
    return mask


def test_the_outline_may_be_off_by_the_tolerance() -> None:
    assert boundary_f1(square(0), square(0), class_id=1) == 1
    assert boundary_f1(square(0), square(1), class_id=1, tolerance=2) == 1
    assert boundary_f1(square(0), square(6), class_id=1, tolerance=2) < 0.7


def test_an_outline_that_is_missing_scores_zero_and_none_at_all_nothing() -> None:
    empty = np.zeros((60, 60), np.uint8)
    assert boundary_f1(square(0), empty, class_id=1) == 0
    assert np.isnan(boundary_f1(empty, empty, class_id=1))
