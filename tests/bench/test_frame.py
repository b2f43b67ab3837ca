"""The frame of the benchmarks: budgets, the table, the file, and the yardsticks' own sense."""

import json
import math

import numpy as np
import pytest

from app.bench import BENCHMARKS
from app.bench.forest import ForestStudent, filter_bank, has_forest, is_grey
from app.bench.frame import Figure, machine, percentile, report
from app.bench.packs import find_packs
from app.cli import main


def test_a_budget_is_the_most_or_the_least():
    assert Figure("t", 3, "ms", 4).ok is True
    assert Figure("t", 5, "ms", 4).ok is False
    assert Figure("t", 5, "", 4, is_floor=True).ok is True
    assert Figure("t", 3, "", 4, is_floor=True).ok is False
    assert Figure("t", 3, "ms").ok is None


def test_a_value_that_is_no_number_keeps_no_budget():
    assert Figure("t", math.nan, "ms", 4).ok is False
    assert Figure("t", math.nan, "ms", 4, is_floor=True).ok is False


def test_the_table_and_the_file_hold_every_figure(capsys, tmp_path):
    figures = [Figure("paint", 5.0, "ms", 4.0), Figure("yardstick", math.nan, "s")]
    report(figures, tmp_path / "out" / "figures.json")
    out = capsys.readouterr().out
    assert "paint" in out
    assert "MISSED" in out
    written = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert written["figures"][0] == {
        "name": "paint",
        "value": 5.0,
        "unit": "ms",
        "budget": 4.0,
        "ok": False,
    }
    assert written["figures"][1]["value"] is None
    assert {"cpu", "cores", "python", "torch", "qt", "load_average", "os"} <= set(
        written["machine"]
    )


def test_the_machine_is_told_without_loading_torch():
    assert machine()["torch"]


def test_percentiles_are_values_that_were_measured():
    assert percentile([3, 1, 2], 50) == 2
    assert percentile(range(100), 99) == 99
    assert math.isnan(percentile([], 50))


@pytest.mark.parametrize("name", list(BENCHMARKS))
def test_every_benchmark_has_a_name_on_the_command_line(name, capsys):
    assert main(["bench", "--help"]) == 0
    assert name in capsys.readouterr().out


def test_packs_are_folders_with_images_and_masks(tmp_path):
    for name in ("b", "a", "c"):
        (tmp_path / name / "images").mkdir(parents=True)
    for name in ("a", "b"):
        (tmp_path / name / "masks").mkdir()
    assert [pack.name for pack in find_packs(tmp_path)] == ["a", "b"]


def test_generated_images_stand_in_for_packs():
    (pack,) = find_packs(None)
    painted, others = pack.draw(painted=2, others=3, seed=0, long_side=384)
    assert len(painted) == 2
    assert len(others) == 3
    assert not {image.name for image in painted} & {image.name for image in others}


def test_the_filter_bank_takes_a_grey_image_as_one_channel():
    grey = np.random.default_rng(0).integers(0, 255, (20, 30, 1), np.uint8).repeat(3, axis=2)
    assert filter_bank(grey, is_grey=is_grey(grey)).shape == (20, 30, 36)
    colour = grey.copy()
    colour[..., 0] = 0
    assert filter_bank(colour, is_grey=is_grey(colour)).shape == (20, 30, 108)


@pytest.mark.skipif(not has_forest(), reason="scikit-learn is not installed")
def test_the_forest_learns_light_from_dark():
    image = np.zeros((40, 40, 3), np.uint8)
    image[:, 20:] = 200
    labels = np.full((40, 40), 255, np.uint8)
    labels[5:8, 3:10] = 0
    labels[5:8, 30:37] = 1
    forest = ForestStudent()
    assert forest.predict("a", image) is None
    forest.put_sample("a", image, labels)
    forest.answer()
    predicted = forest.predict("a", image)
    assert (predicted[:, :15] == 0).mean() > 0.95
    assert (predicted[:, 25:] == 1).mean() > 0.95


def test_a_forest_learns_from_grey_and_colour_images_together() -> None:
    random = np.random.default_rng(0)
    truth = np.zeros((30, 40), np.uint8)
    truth[:, 20:] = 1
    grey = (60 + 100 * truth[..., None] + random.integers(0, 9, (30, 40, 1))).astype(np.uint8)
    grey = np.repeat(grey, 3, axis=2)
    colour = grey + np.array([0, 10, 20], np.uint8)
    forest = ForestStudent(seed=0)
    forest.put_sample("grey", grey, truth)
    forest.answer()
    assert forest.predict("grey", grey) is not None
    forest.put_sample("colour", colour, truth)
    forest.answer()
    for name, image in (("grey", grey), ("colour", colour)):
        found = forest.predict(name, image)
        assert found is not None
        assert (found == truth).mean() > 0.95
