"""GrabCut, superpixels, threshold and mending on small pictures."""

import cv2
import numpy as np
import pytest

from app.ui.tools.pixels import morphology
from app.ui.tools.pixels.grabcut import cut_out
from app.ui.tools.pixels.morphology import Mending, mended
from app.ui.tools.pixels.superpixels import superpixel_at, superpixels
from app.ui.tools.pixels.threshold import (
    Cut,
    ThresholdRule,
    cut,
    grey_of,
    histogram,
    otsu_level,
)


@pytest.fixture
def disc() -> np.ndarray:
    image = np.random.default_rng(0).integers(20, 50, (120, 160, 3)).astype(np.uint8)
    cv2.circle(image, (70, 60), 25, (200, 180, 90), -1)
    return image


def truth(image: np.ndarray) -> np.ndarray:
    return image[..., 0] > 100


def test_grabcut_finds_the_object_in_the_box(disc) -> None:
    stamp = cut_out(disc, (40, 30, 100, 90))
    assert (stamp.x, stamp.y, stamp.mask.shape) == (40, 30, (60, 60))
    wrong = stamp.mask != truth(disc)[30:90, 40:100]
    assert wrong.mean() < 0.03


def test_grabcut_of_a_box_at_the_border_stays_inside(disc) -> None:
    stamp = cut_out(disc, (0, 0, 160, 120))
    assert stamp.mask.shape == (120, 160)


def test_superpixels_follow_the_edge(disc) -> None:
    numbers = superpixels(disc, 12)
    assert numbers.shape == disc.shape[:2]
    stamp = superpixel_at(numbers, 70, 60)
    height, width = stamp.mask.shape
    part = truth(disc)[stamp.y : stamp.y + height, stamp.x : stamp.x + width]
    assert part[stamp.mask].mean() > 0.95
    assert stamp.mask[60 - stamp.y, 70 - stamp.x]


@pytest.mark.parametrize("takes_dark", [False, True])
def test_the_threshold_splits_bright_from_dark(disc, takes_dark: bool) -> None:
    grey = grey_of(disc)
    rule = ThresholdRule(takes_dark=takes_dark)
    found = cut(grey, rule, level=otsu_level(histogram(grey)))
    assert np.array_equal(found, truth(disc) != takes_dark)


def test_otsu_s_level_is_the_one_that_opencv_finds() -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        values = random.normal(random.uniform(20, 230, 2)[:, None], random.uniform(3, 30), (2, 800))
        grey = np.clip(values, 0, 255).astype(np.uint8)
        expected, _ = cv2.threshold(grey, 0, 1, cv2.THRESH_OTSU)
        level = otsu_level(histogram(grey))
        assert np.array_equal(grey > level, grey > expected)


def test_a_part_of_one_grey_value_has_nothing_bright_in_it() -> None:
    grey = np.full((5, 7), 90, np.uint8)
    level = otsu_level(histogram(grey))
    assert not cut(grey, ThresholdRule(), level=level).any()
    assert cut(grey, ThresholdRule(takes_dark=True), level=level).all()


def test_a_local_cut_finds_marks_on_uneven_ground() -> None:
    ground = np.tile(np.linspace(40, 200, 200), (60, 1))
    marks = np.zeros((60, 200), bool)
    marks[20:40, 10:190:20] = True
    grey = (ground + 25 * marks).astype(np.uint8)
    rule = ThresholdRule(Cut.ADAPTIVE, window=31, offset=8)
    assert np.array_equal(cut(grey, rule, level=0), marks)
    by_level = cut(grey, ThresholdRule(), level=otsu_level(histogram(grey)))
    assert not np.array_equal(by_level, marks)


def test_holes_are_filled_and_bays_stay_open() -> None:
    mask = np.zeros((20, 20), bool)
    mask[2:18, 2:18] = True
    mask[5:7, 5:7] = False
    mask[2:10, 12] = False
    filled = mended(mask, Mending.FILL_HOLES)
    assert filled[5:7, 5:7].all()
    assert not filled[2:10, 12].any()


def test_specks_go_and_large_areas_stay() -> None:
    mask = np.zeros((30, 30), bool)
    mask[2:14, 2:14] = True
    mask[20:23, 20:23] = True
    cleaned = mended(mask, Mending.REMOVE_SPECKS)
    assert np.array_equal(cleaned[:15, :15], mask[:15, :15])
    assert not cleaned[15:, 15:].any()


def test_growing_and_shrinking_move_the_edge_by_one_pixel() -> None:
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    assert mended(mask, Mending.GROW)[4:16, 5:15].all()
    assert not mended(mask, Mending.GROW)[3].any()
    small = mended(mask, Mending.SHRINK)
    assert small.sum() == 64


def test_smoothing_takes_a_spike_and_keeps_the_body() -> None:
    mask = np.zeros((30, 30), bool)
    mask[8:22, 8:22] = True
    mask[2:8, 15] = True
    smooth = mended(mask, Mending.SMOOTH)
    assert not smooth[2:6].any()
    assert smooth[11:19, 11:19].all()


@pytest.mark.parametrize("mending", [Mending.SHRINK, Mending.SMOOTH])
def test_an_area_that_goes_on_beyond_the_image_keeps_its_side_there(mending) -> None:
    mask = np.zeros((40, 40), bool)
    mask[:20] = True
    assert mended(mask, mending, 3)[:16].all()


@pytest.mark.parametrize("mending", [Mending.SHRINK, Mending.SMOOTH, Mending.GROW])
def test_strips_are_mended_as_the_whole(mending, monkeypatch) -> None:
    random = np.random.default_rng(2)
    mask = cv2.resize(random.integers(0, 2, (20, 20)).astype(np.uint8), (90, 100)) > 0
    whole = mended(mask, mending, 3)
    monkeypatch.setattr(morphology, "_STRIP", 17)
    assert np.array_equal(mended(mask, mending, 3), whole)


def test_growing_by_five_reaches_every_pixel_within_five_and_no_other() -> None:
    mask = np.zeros((30, 30), bool)
    mask[15, 15] = True
    rows, columns = np.mgrid[:30, :30]
    expected = (rows - 15) ** 2 + (columns - 15) ** 2 <= 25
    assert np.array_equal(mended(mask, Mending.GROW, 5), expected)
    assert not mended(np.zeros((9, 9), bool), Mending.GROW, 5).any()
    assert mended(np.ones((9, 9), bool), Mending.SHRINK, 5).all()


def test_a_large_object_is_cut_out_exactly_not_at_reduced_size() -> None:
    random = np.random.default_rng(5)
    rows, columns = np.mgrid[:900, :1100]
    wave = 20 * np.sin(np.arctan2(rows - 450, columns - 550) * 40)
    truth = np.hypot(rows - 450, columns - 550) < 300 + wave
    image = np.where(truth[..., None], (190, 150, 60), (60, 70, 90)).astype(np.int16)
    image = np.clip(image + random.normal(0, 12, image.shape), 0, 255).astype(np.uint8)
    stamp = cut_out(image, (200, 100, 900, 800))
    expected = truth[100:800, 200:900]
    assert (stamp.mask & expected).sum() / (stamp.mask | expected).sum() > 0.995
