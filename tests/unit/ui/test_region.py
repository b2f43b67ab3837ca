"""Areas that grow from a pixel: the same at any size of the window they were found in."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.edit import Rect
from app.ui.tools.pixels import region
from app.ui.tools.pixels.region import both, connected, like_class, like_colour


def placed(stamp, shape) -> np.ndarray:
    whole = np.zeros(shape, bool)
    height, width = stamp.mask.shape
    whole[stamp.y : stamp.y + height, stamp.x : stamp.x + width] = stamp.mask
    return whole


def test_an_area_of_a_class_does_not_leak_over_corners() -> None:
    ids = np.array([[1, 0, 1], [0, 1, 1], [0, 0, 0]], np.uint8)
    stamp = connected(like_class(ids, None, 2, 0), 2, 0, Rect(0, 0, 3, 3))
    assert (stamp.x, stamp.y) == (1, 0)
    assert stamp.mask.tolist() == [[False, True], [True, True]]


def test_an_area_of_a_class_is_that_of_what_is_shown() -> None:
    labels = np.array([[1, 255, 255, 2]], np.uint8)
    prediction = np.array([[0, 1, 0, 1]], np.uint8)
    stamp = connected(like_class(labels, prediction, 0, 0), 0, 0, Rect(0, 0, 4, 1))
    assert placed(stamp, (1, 4)).tolist() == [[True, True, False, False]]


def test_an_area_of_colour_keeps_to_the_tolerance_of_the_seed() -> None:
    image = np.repeat(np.arange(0, 100, 10, dtype=np.uint8)[None, :, None], 3, axis=2)
    stamp = connected(like_colour(image, 5, 0, tolerance=20), 5, 0, Rect(0, 0, 10, 1))
    assert (stamp.x, stamp.mask.sum()) == (3, 5)


def test_an_area_of_class_and_colour_is_alike_in_both() -> None:
    image = np.repeat(np.arange(0, 100, 10, dtype=np.uint8)[None, :, None], 3, axis=2)
    labels = np.zeros((1, 10), np.uint8)
    labels[0, 4] = 1
    like = both(like_class(labels, None, 5, 0), like_colour(image, 5, 0, tolerance=20))
    assert placed(connected(like, 5, 0, Rect(0, 0, 10, 1)), (1, 10)).nonzero()[1].tolist() == [
        5,
        6,
        7,
    ]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 89), st.integers(0, 69))
def test_growing_windows_find_the_same_area_as_one_of_the_whole_image(seed, x, y) -> None:
    random = np.random.default_rng(seed)
    ids = cv2.resize(random.integers(0, 2, (20, 26)).astype(np.uint8), (90, 70), interpolation=0)
    bounds = Rect(3, 2, 80, 65)
    x, y = min(max(x, 3), 82), min(max(y, 2), 66)
    expected = ids[2:67, 3:83] == ids[y, x]
    _, numbers = cv2.connectedComponents(expected.astype(np.uint8), connectivity=4)
    first, region.FIRST_REACH = region.FIRST_REACH, 4
    try:
        found = connected(like_class(ids, None, x, y), x, y, bounds)
    finally:
        region.FIRST_REACH = first
    whole = np.zeros(ids.shape, bool)
    whole[2:67, 3:83] = numbers == numbers[y - 2, x - 3]
    assert np.array_equal(placed(found, ids.shape), whole)


def test_an_area_beyond_the_most_is_left_to_somebody_with_more_time() -> None:
    ids = np.zeros((2000, 2000), np.uint8)
    like, bounds = like_class(ids, None, 1000, 1000), Rect(0, 0, 2000, 2000)
    assert connected(like, 1000, 1000, bounds, most=1_500_000) is None
    assert connected(like, 1000, 1000, bounds, is_dropped=lambda: True) is None
    assert connected(like, 1000, 1000, bounds).mask.all()
    ids[900:1100, 900] = ids[900:1100, 1100] = ids[900, 900:1101] = ids[1100, 900:1101] = 1
    assert connected(like, 1000, 1000, bounds, most=1_500_000).mask.shape == (199, 199)
