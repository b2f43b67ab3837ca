"""Zoomed out, thin strokes stay; a changed rectangle gives the same pyramid as a new one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document import id_pyramid
from app.document.classes import UNLABELLED
from app.document.id_pyramid import IdPyramid, halved


def blocks_by_hand(ids: np.ndarray) -> np.ndarray:
    height, width = -(-ids.shape[0] // 2), -(-ids.shape[1] // 2)
    result = np.empty((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            block = ids[2 * y : 2 * y + 2, 2 * x : 2 * x + 2]
            known = block[block != UNLABELLED]
            result[y, x] = known.max() if known.size else UNLABELLED
    return result


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_halving_takes_the_highest_id_that_is_set(height: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    ids = random.choice(np.array([0, 1, 7, 254, 255], np.uint8), (height, width))
    assert np.array_equal(halved(ids), blocks_by_hand(ids))


def test_a_thin_line_is_whole_at_every_level() -> None:
    ids = np.full((2048, 2048), UNLABELLED, np.uint8)
    ids[:, 1001] = 3
    pyramid = IdPyramid(ids)
    for level in range(pyramid.count):
        height, width = pyramid.shape(level)
        assert (pyramid.block(level, 0, 0, width, height) == 3).sum() == height


def test_a_very_large_change_is_taken_over_block_by_block(monkeypatch) -> None:
    ids = np.full((1500, 1300), UNLABELLED, np.uint8)
    pyramid = IdPyramid(ids)
    ids[:] = np.random.default_rng(0).integers(0, 256, ids.shape)
    monkeypatch.setattr(id_pyramid, "AT_ONCE", 1_000)
    assert not pyramid.follow(0, 0, 1300, 1500)
    blocks = []
    while (block := pyramid.refine()) is not None:
        blocks.append(block)
    assert len(blocks) == 4
    assert_same(pyramid, IdPyramid(ids))


def test_a_level_that_nobody_looks_at_waits_and_is_right_when_looked_at() -> None:
    ids = np.full((2000, 2000), UNLABELLED, np.uint8)
    pyramid = IdPyramid(ids)
    for number in range(300):
        x, y = (number * 37) % 1900, (number * 91) % 1900
        ids[y : y + 9, x : x + 9] = number % 7
        pyramid.follow(x, y, x + 9, y + 9)
        if number % 50 == 0:
            pyramid.block(2, 0, 0, 10, 10)
    assert_same(pyramid, IdPyramid(ids))


@settings(max_examples=30, deadline=None)
@given(
    st.integers(520, 1400),
    st.integers(30, 1400),
    st.lists(
        st.tuples(
            st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(0, 255)
        ),
        max_size=4,
    ),
)
def test_following_changes_equals_building_anew(height, width, changes) -> None:
    ids = np.full((height, width), UNLABELLED, np.uint8)
    pyramid = IdPyramid(ids)
    for a, b, c, d, value in changes:
        x0, x1 = sorted((int(a * width), int(b * width)))
        y0, y1 = sorted((int(c * height), int(d * height)))
        ids[y0 : y1 + 1, x0 : x1 + 1] = value
        pyramid.follow(x0, y0, min(width, x1 + 1), min(height, y1 + 1))
    assert_same(pyramid, IdPyramid(ids))


def assert_same(pyramid: IdPyramid, fresh: IdPyramid) -> None:
    # The smallest level first: it must not lean on what was not brought up yet.
    for level in reversed(range(fresh.count)):
        rows, columns = fresh.shape(level)
        whole = (0, 0, columns, rows)
        assert np.array_equal(pyramid.block(level, *whole), fresh.block(level, *whole))
