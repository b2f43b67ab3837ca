"""Scores of many images together."""

from __future__ import annotations

import numpy as np
import pytest

from segmodels.evaluation import Evaluation, evaluate_image
from segmodels.metrics import Scores, boundary_f1


def square(side: int, value: int = 1) -> np.ndarray:
    mask = np.zeros((40, 40), np.uint8)
    mask[10 : 10 + side, 10 : 10 + side] = value
    return mask


def test_pixels_are_pooled_and_outlines_averaged_over_the_images_that_have_one() -> None:
    pairs = [(square(20), square(16)), (square(8), square(8)), (square(6, 2), square(6, 2))]
    images = [evaluate_image(f"{n}", *pair) for n, pair in enumerate(pairs)]
    together = Evaluation(images)
    right, union = 16**2 + 8**2, 20**2 + 8**2
    assert Scores(together.confusion).iou[1] == pytest.approx(right / union)
    expected = np.mean([boundary_f1(*pair, class_id=1) for pair in pairs[:2]])
    assert together.boundary[1] == pytest.approx(expected)
    assert together.boundary[2] == 1
    assert np.isnan(together.boundary[3])


def test_the_worst_image_comes_first_and_one_without_truth_not_at_all() -> None:
    void = np.full((40, 40), 255, np.uint8)
    images = [
        evaluate_image("good", square(20), square(20)),
        evaluate_image("bad", square(20), square(2)),
        evaluate_image("void", void, square(2)),
    ]
    assert [image.name for image in Evaluation(images).worst_first()] == ["bad", "good"]


def test_a_pixel_without_a_prediction_is_wrong() -> None:
    nothing = np.full((40, 40), 255, np.uint8)
    assert evaluate_image("a", square(20), nothing).mean_iou == 0


def test_the_tolerance_of_outlines_can_be_told() -> None:
    moved = np.roll(square(20), 3, axis=1)
    strict, lenient = (
        evaluate_image("a", square(20), moved, tolerance=t).boundary[1] for t in (1, 4)
    )
    assert strict < lenient == 1
