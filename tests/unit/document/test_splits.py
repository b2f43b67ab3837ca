"""Parts of a split when there are few groups: each gets one if it can, and it is told if not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from app.document.export.frame import Picture, Split
from app.document.export.splits import dealt, unmet

PATIENT = r"^(p\d+)_"


def pictures(*sizes: int) -> list[Picture]:
    """Groups of these sizes."""
    names = [f"p{group}_{n}" for group, size in enumerate(sizes) for n in range(size)]
    return [Picture(f"{name}.png", name, Path(name), 5, 4) for name in names]


def parts(dealt_pictures: list[Picture]) -> Counter[str]:
    return Counter(picture.split for picture in dealt_pictures)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("sizes", "split"),
    [
        ((10, 10), Split(validation=0.2)),
        ((30, 5, 5), Split(validation=0.1, test=0.1)),
        ((30, 1, 1), Split(validation=0.9, test=0.05)),
        ((1, 1), Split(validation=0.9)),
        ((7, 7, 7), Split(validation=0.5, test=0.5)),
    ],
)
def test_every_wished_part_gets_a_group_when_there_are_enough(
    sizes: tuple[int, ...], split: Split, seed: int
) -> None:
    split = Split(split.validation, split.test, seed, PATIENT)
    found = dealt(pictures(*sizes), split)
    wished = {"val"} | ({"test"} if split.test else set())
    wished |= {"train"} if split.validation + split.test < 1 else set()
    assert parts(found).keys() >= wished
    assert len({(p.name.split("_")[0], p.split) for p in found}) == len(sizes)


@pytest.mark.parametrize("seed", range(6))
def test_training_comes_first_when_there_are_too_few(seed: int) -> None:
    split = Split(validation=0.5, test=0.3, seed=seed, group=PATIENT)
    assert parts(dealt(pictures(9), split)).keys() == {"train"}
    assert parts(dealt(pictures(9, 9), split)).keys() == {"train", "val"}


def test_the_group_that_comes_nearest_to_the_wish_is_given() -> None:
    split = Split(validation=0.02, group=PATIENT)
    assert parts(dealt(pictures(20, 3, 30), split))["val"] == 3


def test_what_cannot_be_met_is_told() -> None:
    alone = Split(validation=0.2, test=0.1, group=PATIENT)
    told = unmet(dealt(pictures(8), alone), alone) or ""
    assert "1 group (images of one group stay together)" in told
    assert "100 % are for training, not 70 %" in told
    assert "no image is for validation, no image is for testing" in told
    halves = Split(validation=0.2, group=PATIENT)
    told = unmet(dealt(pictures(10, 10), halves), halves) or ""
    assert "50 % are for validation, not 20 %" in told
    single = Split(validation=0.2)
    told = unmet(dealt(pictures(1), single), single) or ""
    assert "with 1 image: no image is for validation" in told


@pytest.mark.parametrize("split", [Split(), Split(0.3, 0.2, 5), Split(0.0), Split(1.0)])
def test_nothing_is_told_of_a_split_that_is_met(split: Split) -> None:
    found = dealt(pictures(*[1] * 20), split)
    assert unmet(found, split) is None
    assert unmet([], split) is None
