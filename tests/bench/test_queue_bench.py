"""The benchmark of the queue paints the same pool in two orders."""

from __future__ import annotations

import pytest

from app.bench import queue as bench
from app.bench.frame import Options
from app.bench.packs import Pack
from segmodels import Learner
from segmodels.simulation import LearnerStudent


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PAINTED": 2, "POOL": 4, "OTHERS": 2, "SEEDS": 2, "LONG_SIDE": 96}.items():
        monkeypatch.setattr(bench, name, value)


def test_it_tells_both_areas_and_what_lies_between(small) -> None:
    figures = {figure.name: figure for figure in bench.measure(Options())}
    queue, random = (figures[f"AUC {name}, cells (generated)"] for name in ("queue", "random"))
    assert 0 < queue.value <= 1
    gain = figures["queue - random, mean over packs"]
    assert gain.value == pytest.approx(queue.value - random.value)
    assert gain.budget == 0
    assert figures["queue - random, standard error of the mean"].value >= 0


def test_the_queue_paints_each_image_once(small) -> None:
    pool, _ = Pack("cells", None).draw(painted=4, others=1, seed=0, long_side=96)
    chosen = [sample.name for sample in bench.queued(pool, LearnerStudent(Learner(classes=3)))]
    assert len(chosen) == len(set(chosen)) == 2
