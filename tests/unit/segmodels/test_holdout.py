"""What is held out is judged by, never learned from, and never splits what belongs together."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import disc_picture, strokes

import segmodels
from segmodels.finetuning.holdout import HeldOut, hold_out
from segmodels.samples import Sample

OPTIONS = {"share": 0.25, "cell": 16, "groups_for_split": 4, "images_for_split": 12}


def sample_of(seed: int = 0, key: str | None = None, **options: int) -> Sample:
    image, truth = disc_picture(seed=seed)
    key = str(seed) if key is None else key
    return Sample.of(key, image, strokes(truth, seed=seed, **options))


def in_classes(key: str, *classes: int) -> Sample:
    """A small image with a hundred pixels of each class."""
    labels = np.full((50, 20), segmodels.UNLABELLED, np.uint8)
    for place, value in enumerate(classes):
        labels[5 * place : 5 * place + 5] = value
    return Sample.of(key, np.zeros((50, 20, 3), np.uint8), labels)


def names(draw: int, count: int) -> list[str]:
    """Names that are not alike: of consecutive numbers the checksums are spread evenly."""
    return [f"{number:x}" for number in np.random.default_rng(draw).integers(1 << 40, size=count)]


def patient(key: str) -> str:
    return key.split("_")[0]


def are_out(held_out: HeldOut, samples: list[Sample]) -> list[bool]:
    """Whether each image is held out whole; it must be in or out whole."""
    masks = [held_out.chosen(sample) for sample in samples]
    assert all(mask.all() or not mask.any() for mask in masks)
    return [bool(mask.all()) for mask in masks]


def test_held_out_pixels_are_not_trained_on_and_stay_held_out() -> None:
    sample = sample_of(per_class=12)
    first = hold_out([sample], **OPTIONS)
    mask = first.chosen(sample)
    assert 0.05 < mask.mean() < 0.7
    kept = first.without(sample).reshape(-1)[sample.chosen]
    assert (kept[mask] == segmodels.UNLABELLED).all()
    assert (kept[~mask] != segmodels.UNLABELLED).all()
    again = hold_out([sample, sample_of(1, per_class=12)], **OPTIONS)
    np.testing.assert_array_equal(again.chosen(sample), mask)


@pytest.mark.parametrize("groups", [4, 5, 10])
def test_a_few_named_groups_are_held_out_whole(groups: int) -> None:
    samples = [in_classes(f"{n % groups}_{n}", 0, 1) for n in range(3 * groups)]
    out = are_out(hold_out(samples, **OPTIONS, grouping=patient), samples)
    assert out[:groups] * 3 == out
    assert any(out)
    assert not all(out)


def test_with_fewer_groups_each_image_is_split_inside() -> None:
    samples = [sample_of(n, f"{n % 3}_{n}", per_class=12) for n in range(6)]
    held_out = hold_out(samples, **OPTIONS, grouping=patient)
    assert all(0 < held_out.chosen(sample).mean() < 1 for sample in samples)


def test_without_a_name_for_groups_it_takes_many_images_to_hold_whole_ones_out() -> None:
    few = [sample_of(n, per_class=12) for n in range(6)]
    held_out = hold_out(few, **OPTIONS)
    assert all(0 < held_out.chosen(sample).mean() < 1 for sample in few)
    many = [in_classes(f"{n}", 0, 1) for n in range(12)]
    assert any(are_out(hold_out(many, **OPTIONS), many))


def test_of_whole_images_some_are_always_held_out_and_some_never() -> None:
    for draw in range(300):
        samples = [in_classes(name, 0, 1) for name in names(draw, 12)]
        assert 0 < sum(are_out(hold_out(samples, **OPTIONS), samples)) < 12


def test_who_is_held_out_stays_so_when_more_is_painted_there() -> None:
    for draw in range(20):
        keys = [f"{name}_a" for name in names(draw, 4)]
        before = [in_classes(key, 0, 1) for key in keys]
        out = are_out(hold_out(before, **OPTIONS, grouping=patient), before)
        if sum(out) == 1:
            after = [
                in_classes(key, 0, 1, *[0, 1] * own) for key, own in zip(keys, out, strict=True)
            ]
            assert are_out(hold_out(after, **OPTIONS, grouping=patient), after) == out


def test_what_is_held_out_does_not_depend_on_the_order_of_the_images() -> None:
    samples = [in_classes(f"{n}", 0, 1) for n in range(12)]
    there = are_out(hold_out(samples, **OPTIONS), samples)
    back = are_out(hold_out(samples[::-1], **OPTIONS), samples)
    assert there == back


def test_a_group_that_shows_most_of_a_class_is_kept_for_learning() -> None:
    for rare in range(4):
        samples = [in_classes(f"{n}_a", 0, 1, *[2] * (n == rare)) for n in range(4)]
        out = are_out(hold_out(samples, **OPTIONS, grouping=patient), samples)
        assert any(out)
        assert not out[rare]


def test_when_each_group_shows_most_of_a_class_the_least_is_lost() -> None:
    samples = [in_classes(f"{n}_a", 0, *[1 + n] * 6, *range(1, 4)) for n in range(3)]
    samples.append(in_classes("3_a", 0, *[4] * 9))
    out = are_out(hold_out(samples, **OPTIONS, grouping=patient), samples)
    assert sum(out) == 1
    assert not out[3]


def test_when_each_group_has_a_class_of_its_own_nothing_is_held_out() -> None:
    samples = [in_classes(f"{n}_a", 0, 1 + n) for n in range(4)]
    assert not any(are_out(hold_out(samples, **OPTIONS, grouping=patient), samples))


def test_a_class_that_would_be_lost_is_given_back_to_training() -> None:
    held_out = hold_out([sample_of()], **OPTIONS | {"share": 1.0})
    assert not held_out.chosen(sample_of()).any()
