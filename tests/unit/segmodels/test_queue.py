"""The order of images by use, on pictures whose likeness and doubt are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from segmodels.queue import describe, mean_doubt, order_by_use


def look(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_of_images_that_look_alike_the_most_doubtful_comes_first() -> None:
    looks = [look(0, 0)] * 4
    order = order_by_use([0.1, 0.4, 0.2, 0.3], looks, [look(5, 5)])
    assert order[0] == 1


def test_of_equal_doubt_the_image_unlike_the_painted_ones_comes_first() -> None:
    looks = [look(0, 0), look(0, 1), look(9, 9), look(9, 8)]
    assert order_by_use([0.3] * 4, looks, [look(0, 0.5)])[0] in (2, 3)


def test_an_odd_image_out_is_not_the_first_although_it_is_unlike_all() -> None:
    looks = [look(n % 3, n // 3) for n in range(9)] + [look(14, 9)]
    assert order_by_use([0.3] * 10, looks, [])[0] == 4
    assert order_by_use([0.3] * 10, looks, [look(-1, -1)])[0] != 9


def test_doubt_counts_the_more_the_more_images_are_painted() -> None:
    looks = [look(0, 0), look(0.3, 0), look(3, 3), look(3.3, 3)]
    doubts = [0.6, 0.6, 0.3, 0.3]
    painted = look(-1, -1)
    assert order_by_use(doubts, looks, [painted])[0] in (2, 3)
    assert order_by_use(doubts, looks, [painted] * 60)[0] in (0, 1)


def test_twins_are_not_asked_one_after_the_other() -> None:
    looks = [look(9, 9), look(9, 9), look(0, 9), look(0.2, 0)]
    order = order_by_use([0.5, 0.5, 0.4, 0.4], looks, [look(0, 0)])
    assert set(order[:2]) in ({0, 2}, {1, 2})


def test_before_the_first_image_the_most_typical_one_comes_first() -> None:
    looks = [look(20, 0), look(1, 1), look(1.2, 1), look(0.8, 1.1), look(-20, 3)]
    assert order_by_use([0.9, 0.1, 0.1, 0.1, 0.9], looks, [])[0] in (1, 2, 3)


@pytest.mark.parametrize("count", [0, 1, 3, 450])
def test_every_image_comes_exactly_once(count: int) -> None:
    random = np.random.default_rng(count)
    looks = list(random.normal(0, 1, (count, 5)).astype(np.float32))
    order = order_by_use(list(random.random(count)), looks, looks[:2])
    assert sorted(order) == list(range(count))


def test_a_small_doubtful_object_is_not_lost_in_a_sure_background() -> None:
    labels = np.zeros((100, 100), np.uint8)
    labels[45:55, 45:55] = 1
    confidence = np.full((100, 100), 250, np.uint8)
    confidence[labels == 1] = 130
    spread = np.full((100, 100), 250, np.uint8)
    spread[:10, :10] = 130  # as many doubtful pixels, in the background
    assert mean_doubt(labels, confidence) > 2 * mean_doubt(labels, spread)


def test_doubt_is_between_none_and_all() -> None:
    labels = np.zeros((30, 40), np.uint8)
    assert mean_doubt(labels, np.full((30, 40), 255, np.uint8)) == 0
    assert mean_doubt(labels, np.zeros((30, 40), np.uint8)) == 1


def test_images_alike_have_like_descriptions_whatever_their_size() -> None:
    random = np.random.default_rng(0)
    image = cv2.GaussianBlur(random.integers(0, 255, (200, 300, 3)).astype(np.uint8), (0, 0), 4)
    smaller = cv2.resize(image, (225, 150), interpolation=cv2.INTER_AREA)
    other = cv2.GaussianBlur(random.integers(0, 255, (200, 300, 3)).astype(np.uint8), (0, 0), 1)
    near = np.linalg.norm(describe(image) - describe(smaller))
    far = np.linalg.norm(describe(image) - describe(other))
    assert far > 5 * near
