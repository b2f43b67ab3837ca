"""The first guess, made without a model."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import disc_picture

from segmodels import suggest, suggest_steps
from segmodels.metrics import Scores, confusion_matrix


@pytest.mark.parametrize("is_bright", [True, False])
def test_discs_are_found_whether_bright_or_dark(is_bright: bool) -> None:
    image, truth = disc_picture(seed=1)
    prediction = suggest(image if is_bright else 255 - image)
    assert Scores(confusion_matrix(truth, prediction.labels, classes=2)).mean_iou > 0.8


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2), (17, 23), (700, 30)])
def test_any_size_gets_a_guess(size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    prediction = suggest(image)
    assert prediction.labels.shape == prediction.confidence.shape == size
    assert set(np.unique(prediction.labels)) <= {0, 1}


def test_the_guess_is_the_same_each_time() -> None:
    image, _ = disc_picture()
    np.testing.assert_array_equal(suggest(image).confidence, suggest(image).confidence)


def test_a_large_image_is_guessed_in_slices_and_much_like_a_small_one() -> None:
    image, truth = disc_picture(seed=1)
    large = np.kron(image, np.ones((12, 12, 1), np.uint8))
    steps = suggest_steps(large)
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            prediction = end.value
            break
        count += 1
    assert count >= large.shape[0] * large.shape[1] // 1_000_000
    assert prediction.labels.shape == large.shape[:2]
    expected = np.kron(truth, np.ones((12, 12), np.uint8))
    assert Scores(confusion_matrix(expected, prediction.labels, classes=2)).mean_iou > 0.8
