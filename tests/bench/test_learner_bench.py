"""The learner's benchmark compares all ways of learning on the same images."""

import pytest

from app.bench import learner as bench
from app.bench.forest import has_forest
from app.bench.packs import Pack

SMALL = bench.Size(painted=2, others=1, seeds=1, long_side=96, seconds=0.3)


@pytest.fixture(scope="module")
def results():
    return bench._run_sessions([Pack("cells", None)], bench._makers(SMALL), SMALL)


def test_all_ways_of_learning_paint_the_same_images(results):
    names = [[lesson.image for lesson in packs["cells"][0]] for packs in results.values()]
    assert len(names) == 4 + has_forest()
    assert all(painted == ["cells_01.png", "cells_02.png"] for painted in names)


def test_every_way_learns_something(results):
    for packs in results.values():
        (lessons,) = packs["cells"]
        assert 0 < lessons[-1].others <= 1
        assert lessons[-1].strokes > lessons[0].strokes == 3
        assert lessons[-1].compute_seconds > 0


def test_scratch_takes_the_seconds_of_the_slow_path(results):
    (lessons,) = results["scratch"]["cells"]
    assert lessons[-1].compute_seconds >= 2 * SMALL.seconds


def test_the_figures_have_the_budgets_of_the_table(results):
    figures = [*bench._areas(results), *bench._comparisons(results), *bench._scores(results)]
    budgets = {figure.name: figure.budget for figure in figures}
    assert budgets["fast + slow - fast, mean over packs"] == 0.06
    assert budgets["fast + slow - scratch, mean over packs"] == 0.15
    assert budgets["honest score - true score, absolute, mean"] == 0.03
    if has_forest():
        assert budgets["fast computing over forest computing"] == 1 / 20
    assert len({figure.name for figure in figures}) == len(figures)
