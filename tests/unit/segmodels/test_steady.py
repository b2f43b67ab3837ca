"""The mean of a session's heads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import disc_picture, strokes

from segmodels import Learner
from segmodels.errors import ModelFileError
from segmodels.fusion import FusedHead
from segmodels.head import PixelHead
from segmodels.model_check import check_model
from segmodels.steady import LEAST_IMAGES, SteadyHead


def a_head(value: float, *, seen: tuple[bool, ...] = (True, True)) -> FusedHead:
    head = PixelHead(3, 2, hidden=4)
    for parameter in head.parameters():
        torch.nn.init.constant_(parameter, value)
    head.seen.copy_(torch.tensor(seen))
    return FusedHead([torch.arange(3)], [head])


def value_of(steady: SteadyHead) -> float:
    assert steady.head is not None
    return round(float(steady.head.parts()[0][1].last.bias[0].detach()), 4)


def test_the_first_image_has_no_mean() -> None:
    steady = SteadyHead()
    steady.add(a_head(1), 1)
    assert steady.head is None


def test_of_the_heads_of_one_image_later_ones_count_more() -> None:
    steady = SteadyHead()
    for value in (0, 0, 1):
        steady.add(a_head(value), LEAST_IMAGES)
    assert value_of(steady) == 0.5


def test_an_image_counts_as_much_as_there_were_images_before_it() -> None:
    steady = SteadyHead()
    steady.add(a_head(0), LEAST_IMAGES)
    steady.add(a_head(1), LEAST_IMAGES + 1)
    before = LEAST_IMAGES - 1
    assert value_of(steady) == round((before + 1) / (2 * before + 1), 4)


def test_however_often_an_image_is_solved_it_counts_once() -> None:
    steady = SteadyHead()
    steady.add(a_head(0), LEAST_IMAGES)
    once = SteadyHead(steady.head, steady.weight)
    once.add(a_head(1), LEAST_IMAGES + 1)
    for _ in range(20):
        steady.add(a_head(1), LEAST_IMAGES + 1)
    assert value_of(steady) == value_of(once)


def test_after_many_images_the_newest_still_counts_for_a_fifth() -> None:
    steady = SteadyHead()
    for images in range(LEAST_IMAGES, 60):
        steady.add(a_head(0), images)
    steady.add(a_head(1), 60)
    assert value_of(steady) == 0.2


def test_heads_are_brought_to_one_standardisation_first() -> None:
    torch.manual_seed(0)
    first, second = a_head(0.5), a_head(0.5)
    second.parts()[0][1].restandardise(torch.tensor([1.0, 2, 3]), torch.tensor([2.0, 1, 4]))
    steady = SteadyHead()
    steady.add(first, LEAST_IMAGES)
    steady.add(second, LEAST_IMAGES + 1)
    rows = torch.randn(20, 3)
    assert steady.head is not None
    torch.testing.assert_close(steady.head(rows), first(rows), atol=1e-4, rtol=1e-4)


def test_a_class_that_is_painted_for_the_first_time_starts_anew() -> None:
    steady = SteadyHead()
    steady.add(a_head(0, seen=(True, False)), LEAST_IMAGES)
    steady.add(a_head(1), LEAST_IMAGES)
    assert value_of(steady) == 1


def test_more_classes_keep_the_mean_and_its_weight() -> None:
    steady = SteadyHead(a_head(2), 7.0)
    more = steady.renumbered(range(2), 5)
    assert (value_of(more), more.weight) == (2, 7.0)
    assert more.head is not None
    assert more.head.classes == 5


def taught() -> Learner:
    """After some images the strokes of one say the contrary."""
    learner = Learner(classes=2, model="filters", device="cpu")
    for seed in range(LEAST_IMAGES + 1):
        image, truth = disc_picture(seed=seed)
        is_odd = seed == LEAST_IMAGES
        learner.put_sample(str(seed), image, strokes(1 - truth if is_odd else truth, seed=seed))
        learner.solve_head()
    return learner


def test_painted_images_show_the_newest_head_and_others_the_mean() -> None:
    learner = taught()
    image, _ = disc_picture(seed=0)
    newest, mean = learner.predict(image, key="0"), learner.predict(image)
    assert (newest.confidence != mean.confidence).any()
    learner._steady.clear()
    assert (learner.predict(image).confidence == newest.confidence).all()


def taught_left_and_right() -> tuple[Learner, np.ndarray]:
    """One image without anything to see, whose halves are two classes."""
    image = np.full((64, 64, 3), 90, np.uint8)
    labels = np.full((64, 64), 255, np.uint8)
    labels[20:44, 8:24], labels[20:44, 40:56] = 0, 1
    learner = Learner(classes=2, model="filters", device="cpu")
    learner.put_sample("halves", image, labels)
    learner.solve_head()
    return learner, image


def test_where_the_strokes_of_a_single_image_lie_tells_nothing_of_other_images() -> None:
    learner, image = taught_left_and_right()
    here, elsewhere = learner.predict(image, key="halves"), learner.predict(image, key="other")
    assert (here.labels[:, :16] == 0).all()
    assert (here.labels[:, -16:] == 1).all()
    assert len(np.unique(elsewhere.labels)) == 1


def test_with_two_images_their_places_are_known_everywhere() -> None:
    learner, image = taught_left_and_right()
    learner.put_sample("again", image.copy(), learner.samples["halves"].labels)
    learner.solve_head()
    assert (learner.predict(image, key="other").labels[:, -16:] == 1).all()


def test_what_a_single_image_taught_does_not_count_in_the_mean(tmp_path: Path) -> None:
    learner, image = taught_left_and_right()
    learner.save(tmp_path)
    check_model(tmp_path)
    again = Learner.load(tmp_path, device="cpu")
    assert (again.predict(image).confidence == learner.predict(image).confidence).all()
    again.take_samples(learner)
    again.put_sample("again", image.copy(), learner.samples["halves"].labels)
    again.solve_head()
    assert again.head is not None
    assert again._steady.head is not None
    for mean, newest in zip(again._steady.head.parameters(), again.head.parameters(), strict=True):
        torch.testing.assert_close(mean, newest, atol=1e-5, rtol=1e-5)


def test_an_image_whose_strokes_are_taken_back_is_forgotten() -> None:
    learner = taught()
    learner.remove_sample("0")
    assert learner._steady.head is None


def test_the_mean_is_saved_with_the_model(tmp_path: Path) -> None:
    learner = taught()
    learner.save(tmp_path)
    again = Learner.load(tmp_path, device="cpu")
    image, _ = disc_picture(seed=9)
    expected = learner.predict(image)
    np.testing.assert_array_equal(again.predict(image).confidence, expected.confidence)
    assert again._steady.weight == learner._steady.weight


def test_a_model_of_an_earlier_program_has_no_mean(tmp_path: Path) -> None:
    taught().save(tmp_path)
    card = tmp_path / "model.json"
    values = json.loads(card.read_text("utf-8"))
    del values["steady"]
    card.write_text(json.dumps(values), "utf-8")
    assert Learner.load(tmp_path, device="cpu")._steady.head is None


@pytest.mark.parametrize("weight", [-1, "many", float("nan"), 1e300])
def test_a_model_from_elsewhere_whose_mean_has_no_sensible_weight_is_refused(
    tmp_path: Path, weight: object
) -> None:
    taught().save(tmp_path)
    check_model(tmp_path)
    card = tmp_path / "model.json"
    values = json.loads(card.read_text("utf-8"))
    values["steady"]["weight"] = weight
    card.write_text(json.dumps(values), "utf-8")
    with pytest.raises(ModelFileError):
        check_model(tmp_path)
