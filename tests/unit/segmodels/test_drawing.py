"""An atlas is drawn of what is painted, and used where masks carried over beat the head's."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import Array, disc_picture, strokes

from segmodels import Learner
from segmodels.atlas import Framing
from segmodels.metrics import Scores, confusion_matrix
from segmodels.steps import run

IMAGES = 4


def framed_picture(seed: int, size: int = 192) -> tuple[Array, Array]:
    """Dark rings about the middle; the object is what is inside of the rings, of no other
    brightness than what is outside.
    """
    random = np.random.default_rng(seed)
    x, y = (int(size / 2 + shift) for shift in random.integers(-16, 17, 2))
    plane = np.full((size, size), 150, np.float32)
    for radius in (76, 44):
        cv2.ellipse(plane, (x, y), (radius, radius * 2 // 3), 0, 0, 360, 60, 8)
    truth = np.zeros((size, size), np.uint8)
    cv2.ellipse(truth, (x, y), (44, 44 * 2 // 3), 0, 0, 360, 1, -1)
    plane += random.normal(0, 25, plane.shape)
    return np.repeat(np.clip(plane, 0, 255).astype(np.uint8)[..., None], 3, axis=2), truth


def painted(pictures: Iterable[tuple[Array, Array]]) -> Learner:
    learner = Learner(classes=2, model="filters", device="cpu")
    for number, (image, truth) in enumerate(pictures):
        learner.put_sample(str(number), image, strokes(truth, seed=number, per_class=2))
    learner.solve_head()
    return learner


def score(learner: Learner) -> float:
    total = np.zeros((2, 2), np.int64)
    for seed in range(20, 26):
        image, truth = framed_picture(seed)
        total += confusion_matrix(truth, learner.predict(image).labels, classes=2)
    return Scores(total).mean_iou


@pytest.fixture
def learner() -> Learner:
    return painted(map(framed_picture, range(IMAGES)))


def test_images_framed_alike_are_predicted_better_with_an_atlas(learner: Learner) -> None:
    before = score(learner)
    assert run(learner.draw_steps())
    assert score(learner) > before + 0.04
    assert not run(learner.draw_steps())


def test_training_publishes_an_atlas(learner: Learner) -> None:
    published = [report.is_published for report in learner.train(steps=1)]
    assert sum(published) == 1
    assert learner.predict(framed_picture(30)[0]).labels.any()


def test_images_of_one_group_do_not_judge_each_other(learner: Learner) -> None:
    learner.set_grouping(lambda key: "one patient")
    assert not run(learner.draw_steps())


def test_an_image_that_is_painted_is_told_by_the_pages_of_the_others(learner: Learner) -> None:
    image, _ = framed_picture(0)
    assert run(learner.draw_steps())
    drawn = learner._drawing
    own = drawn.framing_of(image, "0", learner.head)
    assert own is drawn.framing_of(image, "0", learner.head)
    alone = Framing.of(drawn.atlas.without("0"), image)
    np.testing.assert_array_equal(own.planes, alone.planes)
    assert np.abs(own.planes - Framing.of(drawn.atlas, image).planes).max() > 0.05


def test_images_that_are_not_framed_alike_get_no_atlas() -> None:
    learner = painted(disc_picture(192, 192, seed=seed) for seed in range(IMAGES))
    assert not run(learner.draw_steps())
    image, _ = disc_picture(192, 192, seed=9)
    before = learner.predict(image).confidence
    np.testing.assert_array_equal(learner.predict(image).confidence, before)


def test_two_images_are_too_few_for_an_atlas() -> None:
    learner = painted(map(framed_picture, range(2)))
    assert not run(learner.draw_steps())


def test_a_class_that_no_page_shows_is_not_overruled(learner: Learner) -> None:
    assert run(learner.draw_steps())
    image, truth = framed_picture(7)
    with_atlas = learner.predict(image).confidence
    labels = strokes(truth)
    labels[:12, :12] = 2
    learner.set_classes(3)
    learner.put_sample("7", image, labels)
    learner.solve_head()
    assert (learner.predict(image).labels[:12, :12] == 2).mean() > 0.5
    assert (learner.predict(image).confidence != with_atlas).any()


def test_the_atlas_is_kept_with_the_model(learner: Learner, tmp_path: Path) -> None:
    assert run(learner.draw_steps())
    learner.save(tmp_path / "model")
    again = Learner.load(tmp_path / "model", device="cpu")
    image, _ = framed_picture(30)
    same = again.predict(image).labels == learner.predict(image).labels
    assert same.mean() > 0.99


def test_an_image_that_is_learned_from_no_more_takes_the_atlas_with_it(learner: Learner) -> None:
    image, _ = framed_picture(30)
    assert learner._drawing.framing_of(image, None, learner.head) is None
    assert run(learner.draw_steps())
    assert learner._drawing.framing_of(image, None, learner.head) is not None
    learner.remove_sample("0")
    learner.solve_head()
    assert learner._drawing.framing_of(image, None, learner.head) is None
