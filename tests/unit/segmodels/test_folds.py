"""Folds of a cross-validation never part what belongs together."""

from __future__ import annotations

import numpy as np
from pictures import disc_picture, strokes

from segmodels import UNLABELLED
from segmodels.folds import Folds, stroke_folds
from segmodels.samples import Sample


def dealt_to(count: int, grouping=str, **options: int) -> tuple[Folds, list[set[int]]]:
    """The folds, and for each of so many images the folds that hold its labels."""
    samples = []
    for seed in range(count):
        image, truth = disc_picture(seed=seed)
        samples.append(Sample.of(str(seed), image, strokes(truth, seed=seed, per_class=6)))
    folds = Folds.of(
        samples, grouping, **{"folds": 3, "groups_for_split": 4, "images_for_split": 15} | options
    )
    dealt = [folds.folds_of(sample, number) for number, sample in enumerate(samples)]
    return folds, [set(np.unique(own[own != 255]).tolist()) for own in dealt]


def patient(key: str) -> str:
    return f"patient {int(key) // 2}"


def test_images_of_one_group_are_in_one_fold() -> None:
    folds, dealt = dealt_to(8, patient)
    assert all(len(own) == 1 for own in dealt)
    assert dealt[::2] == dealt[1::2]
    assert set.union(*dealt) == set(range(folds.count))


def test_no_fold_is_empty_when_there_are_fewer_groups_than_folds() -> None:
    folds, dealt = dealt_to(8, patient, folds=9)
    assert folds.count == 4
    assert set.union(*dealt) == {0, 1, 2, 3}


def test_with_many_images_and_no_grouping_each_image_is_in_one_fold() -> None:
    _, dealt = dealt_to(4, images_for_split=4)
    assert dealt == [{0}, {1}, {2}, {0}]


def test_with_few_images_and_groups_their_strokes_are_dealt_out() -> None:
    _, dealt = dealt_to(4, patient)
    assert all(len(own) > 1 for own in dealt)


def test_a_connected_stroke_is_held_out_whole_and_strokes_are_dealt_out_evenly() -> None:
    labels = np.full((60, 60), UNLABELLED, np.uint8)
    for number in range(6):
        labels[10 * number : 10 * number + 5, 5:50] = number % 2
    dealt = stroke_folds(labels, 3)
    for number in range(6):
        assert len(np.unique(dealt[10 * number : 10 * number + 5, 5:50])) == 1
    assert set(np.unique(dealt[labels == 0])) == {0, 1, 2}
