"""Averaged predictions: every look is undone exactly, and tiles leave no trace."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pictures import disc_picture, strokes

from segmodels import Learner
from segmodels.averaging import LOOKS, Look, averaged_steps
from segmodels.predicting import Assembly
from segmodels.steps import run


@pytest.fixture(scope="module", params=["filters", "starter"])
def learner(request: pytest.FixtureRequest) -> Learner:
    learner = Learner(classes=2, model=request.param, device="cpu")
    image, truth = disc_picture(150, 210, seed=1)
    learner.put_sample("a", image, strokes(truth, per_class=6))
    learner.solve_head()
    return learner


@pytest.mark.parametrize("look", LOOKS["full"], ids=str)
def test_a_look_is_undone(look: Look) -> None:
    random = np.random.default_rng(0)
    values = random.random((48, 64, 2)).astype(np.float32)
    if look.scale != 1:  # only smooth pictures survive scaling
        values = np.stack(np.meshgrid(np.linspace(0, 1, 64), np.linspace(0, 1, 48)), axis=-1)
        values = values.astype(np.float32)
    seen = torch.from_numpy(look.seen(values)).permute(2, 0, 1)
    back = look.undone(seen, 48, 64).permute(1, 2, 0).numpy()
    np.testing.assert_allclose(back, values, atol=0 if look.scale == 1 else 0.02)


def test_looks_are_different_and_one_is_the_plain_one() -> None:
    for looks in LOOKS.values():
        assert len(set(looks)) == len(looks)
        assert Look() in looks


@pytest.mark.parametrize("averaging", ["flips", "full"])
def test_averaging_agrees_with_the_plain_prediction_but_for_edges(learner, averaging) -> None:
    image, truth = disc_picture(150, 210, seed=2)
    plain = learner.predict(image).labels
    averaged = run(learner.predict_steps(image, averaging=averaging))
    assert averaged.labels.shape == (150, 210)
    assert averaged.labels.dtype == averaged.confidence.dtype == np.uint8
    assert (averaged.labels == plain).mean() > 0.97
    assert (averaged.labels == truth).mean() > 0.9
    assert averaged.runner_up is not None
    assert (averaged.runner_up != averaged.labels).all()


@pytest.mark.parametrize("averaging", ["flips", "full"])
def test_the_tile_size_does_not_matter(learner, averaging) -> None:
    image, _ = disc_picture(330, 420, seed=3, objects=12)
    source, head = learner.source, learner.head
    whole, tiled = (
        run(averaged_steps(source, head, Assembly(image), averaging, tile=tile))
        for tile in (1024, 256)
    )
    assert (whole.labels == tiled.labels).mean() > 0.995
    away = np.abs(whole.confidence.astype(int) - tiled.confidence)
    # Along a seam, a rim of eight pixels is not smoothed.
    assert np.quantile(away, 0.97) <= 12


def test_a_mirrored_image_of_a_model_without_position_has_the_mirrored_answer() -> None:
    # As other images have, while a single one is painted.
    learner = Learner(classes=2, model="filters", device="cpu")
    image, truth = disc_picture(128, 160, seed=1)
    learner.put_sample("a", image, strokes(truth, per_class=6))
    learner.solve_head()
    there, back = (
        run(learner.predict_steps(np.ascontiguousarray(pixels), averaging="flips"))
        for pixels in (image, image[:, ::-1])
    )
    assert (there.labels == back.labels[:, ::-1]).mean() > 0.999


@pytest.mark.parametrize("averaging", ["flips", "full"])
def test_a_model_that_knows_left_from_right_still_does(averaging) -> None:
    learner = Learner(classes=3, model="filters", device="cpu")
    random = np.random.default_rng(0)
    image = random.integers(90, 110, (96, 160, 3)).astype(np.uint8)
    labels = np.full((96, 160), 255, np.uint8)
    labels[10:80:8, 10:50:5], labels[10:80:8, 110:150:5] = 1, 2
    learner.put_sample("a", image, labels)
    learner.solve_head()
    found = run(learner.predict_steps(image, key="a", averaging=averaging))
    assert (found.labels[:, :40] == 1).mean() > 0.95
    assert (found.labels[:, 120:] == 2).mean() > 0.95
    assert found.confidence[:, :40].mean() > 220
