"""The learner's benchmark compares all ways of learning on the same images."""

from dataclasses import asdict

import pytest

from app.bench import learner as bench
from app.bench.forest import has_forest
from app.bench.frame import CannotMeasure, Options
from app.bench.learner_record import Record, Row
from app.bench.packs import Pack
from segmodels.simulation import Lesson

SMALL = bench.Size(painted=2, others=1, long_side=96, seconds=0.3)
CELLS = Pack("cells", None)


@pytest.fixture(scope="module")
def results():
    return bench._run_sessions([CELLS], bench._makers(SMALL), SMALL, (0,), Record(None, {}))


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
    honest = "honest score - true mean IoU of the same images, absolute, mean over"
    assert budgets[f"{honest} sessions"] == 0.03
    assert f"{honest} single images" in budgets
    if has_forest():
        assert budgets["fast computing over forest computing"] == 1 / 20
    assert len({figure.name for figure in figures}) == len(figures)


def test_the_honest_score_is_compared_as_it_is_shown_and_image_by_image():
    def lesson(honest, true):
        return Lesson("a.png", 3, 1.0, 1.0, 0.5, true, honest)

    session = [lesson(None, None), lesson(0.5, 0.4), lesson(0.5, 0.6)]
    figures = {
        figure.name.rpartition("over ")[2]: figure.value
        for figure in bench._scores({"fast": {"cells": [session]}})
    }
    assert figures["sessions"] == pytest.approx(0)
    assert figures["single images"] == pytest.approx(0.1)


@pytest.fixture
def record_file(results, tmp_path):
    file = tmp_path / "record.json"
    record = Record(file, asdict(SMALL))
    record.put(Row("fast", "cells", 0), results["fast"]["cells"][0])
    return file


def test_a_second_call_goes_on_after_the_sessions_that_ended(results, record_file):
    begun = []

    def make(classes, seed):
        begun.append(seed)
        return bench._makers(SMALL)["fast"](classes, seed)

    record = Record(record_file, asdict(SMALL))
    again = bench._run_sessions([CELLS], {"fast": make}, SMALL, (0, 1), record)
    assert begun == [1]
    assert again["fast"]["cells"][0] == results["fast"]["cells"][0]
    assert Row("fast", "cells", 1) in Record(record_file, asdict(SMALL))


def test_a_record_of_other_sessions_is_refused(record_file):
    with pytest.raises(CannotMeasure, match="another size"):
        Record(record_file, asdict(bench.QUICK))


def test_a_broken_record_is_refused(record_file):
    record_file.write_text("{")
    with pytest.raises(CannotMeasure, match="cannot be read"):
        Record(record_file, asdict(SMALL))


def test_some_ways_alone_give_only_the_figures_that_they_can(results):
    some = {name: results[name] for name in ("fast", "untrained")}
    names = [figure.name for figure in (*bench._comparisons(some), *bench._scores(some))]
    assert "starter - untrained, mean over packs" in names
    assert "mean IoU at the end, cells" in names
    assert not any("slow" in name or "forest" in name for name in names)


def test_an_unknown_way_or_pack_is_said(tmp_path):
    with pytest.raises(CannotMeasure, match="way of learning"):
        next(bench.measure(Options(ways=("magic",))))
    with pytest.raises(CannotMeasure, match="no pack"):
        next(bench.measure(Options(only=("moon",))))
