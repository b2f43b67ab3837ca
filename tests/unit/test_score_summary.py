"""What the scores say together, from a few made up and from what a project has kept."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.score_summary import FEWEST_IMAGES, WINDOW, summarise
from app.scoring import Score


def scores(*values: float) -> list[Score]:
    return [Score(f"{n}.png", "v0001", value) for n, value in enumerate(values)]


def test_only_the_last_images_tell_how_good_the_model_is_now() -> None:
    summary = summarise(scores(*[0.1] * 30, *[0.8] * WINDOW))
    assert summary.images == WINDOW
    assert summary.mean == pytest.approx((0.8, 0.8, 0.8))


def test_the_interval_begins_with_enough_images() -> None:
    few = summarise(scores(*np.linspace(0.5, 0.6, FEWEST_IMAGES - 1)))
    enough = summarise(scores(*np.linspace(0.5, 0.6, FEWEST_IMAGES)))
    assert math.isnan(few.mean[1])
    assert enough.mean[1] < enough.mean[0] < enough.mean[2]


def test_the_curve_ends_with_the_score_of_now_and_stays_short() -> None:
    summary = summarise(scores(*np.linspace(0.3, 0.9, 500)))
    assert len(summary.curve) <= 60
    assert summary.curve[0].number == 1
    assert summary.curve[-1].number == 500
    assert summary.curve[-1].mean == summary.mean


def test_each_class_is_scored_over_the_pixels_of_all_images() -> None:
    given = [
        Score("a", "v", 0.5, ((0, 80, 90, 85), (2, 5, 10, 15))),
        Score("b", "v", 0.5, ((0, 20, 20, 25),)),
    ]
    background, leaf = summarise(given).classes
    assert background.class_id == 0
    assert background.iou[0] == pytest.approx(100 / (110 + 110 - 100))
    assert background.precision == pytest.approx(100 / 110)
    assert leaf.class_id == 2
    assert leaf.recall == pytest.approx(5 / 10)


def test_scores_of_earlier_programs_have_no_classes_but_count_in_the_mean() -> None:
    old = Score.from_plain("a", "v", {"mean_iou": 0.4})
    new = Score("b", "v", 0.6, ((1, 5, 10, 10),))
    summary = summarise([old, new])
    assert summary.mean[0] == pytest.approx(0.5)
    assert [found.class_id for found in summary.classes] == [1]


def test_a_score_is_kept_as_plain_values_and_comes_back() -> None:
    score = Score("a", "v", 0.4, ((0, 1, 2, 3), (7, 4, 5, 6)))
    assert Score.from_plain("a", "v", score.as_plain()) == score


def test_a_rising_curve_tells_how_far_it_is_to_the_target() -> None:
    images = np.arange(1, 21)
    summary = summarise(scores(*(0.95 - 0.5 * images**-0.6)))
    assert summary.outlook is not None
    assert 15 <= summary.outlook.more <= 35
    assert summarise(scores(*[0.7] * 20)).outlook is None


def test_without_scores_there_is_nothing_to_say() -> None:
    assert summarise([]).images == 0
