"""A training step does all that it should: each part is seen to have its effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pictures import disc_picture
from torch import nn

from segmodels import TrainSettings
from segmodels.device import CPU
from segmodels.features import POSITION_CHANNELS
from segmodels.finetuning import tuner as tuner_module
from segmodels.finetuning.crops import CropSource, Lesson
from segmodels.finetuning.tuner import Tuner
from segmodels.image_statistics import ImageStatistics
from segmodels.models.base import SegModel
from segmodels.prediction import Prediction
from segmodels.samples import Sample

SETTINGS = TrainSettings(crop=32, batch=2, step_seconds=1e9, warm_up_steps=1)
WEIGHTS = torch.ones(2)


class Small(SegModel):
    """One convolution."""

    feature_channels = 4
    norms_fit = True

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3, padding=1)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Give (N, 4, H, W)."""
        return self.layer(x)


@pytest.fixture(autouse=True)
def plain_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuner_module, "fast_dtype", lambda _: torch.float32)


def tuner_of(**changes: object) -> Tuner:
    torch.manual_seed(0)
    layer = torch.randn(2, 4 + POSITION_CHANNELS), torch.zeros(2)
    return Tuner(Small(), layer, CPU, replace(SETTINGS, **changes), seed=0)


def source(*, guess: int | None = None) -> CropSource:
    """Crops of an image painted in one place; elsewhere a model is sure of the class `guess`."""
    image, truth = disc_picture(64, 64, seed=2)
    labels = np.full_like(truth, 255)
    labels[28:36] = truth[28:36]
    sample = Sample.of("a", image, labels)
    told = None
    if guess is not None:
        told = Prediction(np.full_like(truth, guess), np.full_like(truth, 255), None)
    lesson = Lesson(sample, labels, ImageStatistics.of(image), told)
    return CropSource([lesson], scale=None, seed=0)


def moved(one: nn.Module, other: nn.Module) -> float:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return float(sum((a - b).detach().abs().sum() for a, b in pairs))


def test_the_average_follows_the_student_and_stays_behind_it() -> None:
    tuner = tuner_of(learning_rate=1e-2)
    start = tuner_of().average
    for _ in range(6):
        tuner.step(source(), WEIGHTS, 0.0)
    assert moved(start, tuner.average) > 0.01
    assert moved(tuner.student, tuner.average) > 0.01
    assert moved(start, tuner.average) < moved(start, tuner.student)


def test_an_average_of_long_memory_moves_by_its_share_of_the_way() -> None:
    tuner = tuner_of(ema_decay=0.5, learning_rate=1e-2)
    tuner._steps = 1000
    before = tuner.average.layer.weight.clone()
    tuner.step(source(), WEIGHTS, 0.0)
    halfway = (before + tuner.student.layer.weight) / 2
    torch.testing.assert_close(tuner.average.layer.weight, halfway.detach())


def test_gradients_are_clipped_together(monkeypatch: pytest.MonkeyPatch) -> None:
    tuner = tuner_of(clip=0.01)
    tuner.step(source(), WEIGHTS, 0.0)
    norms = [value.grad.norm() for value in tuner._parameters]
    assert float(torch.stack(norms).norm()) == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize("name", ["change_light", "cut_out"])
def test_the_student_sees_changed_crops(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuner_module, name, lambda x, *_: torch.full_like(x, 7.0))
    if name == "change_light":
        monkeypatch.setattr(tuner_module, "cut_out", lambda x, *_: x)
    tuner, seen = tuner_of(), []
    real = tuner.student.features
    tuner.student.features = lambda x: seen.append(x) or real(x)
    tuner.step(source(), WEIGHTS, 0.0)
    assert (seen[0] == 7.0).all()


def test_what_a_model_is_sure_of_is_learned_where_nobody_painted() -> None:
    losses = {}
    for guess in (0, 1, None):
        for weight in (0.0, 0.5):
            tuner = tuner_of(pseudo_weight=weight)
            losses[guess, weight] = tuner.step(source(guess=guess), WEIGHTS, 0.0).loss
    assert losses[0, 0.0] == losses[1, 0.0] == losses[None, 0.5]
    assert losses[0, 0.5] > losses[0, 0.0]
    assert losses[0, 0.5] != losses[1, 0.5]


def test_a_guess_that_is_not_sure_enough_is_not_learned() -> None:
    sure, unsure = (
        tuner_of(pseudo_confidence=least).step(source(guess=0), WEIGHTS, 0.0).loss
        for least in (0.9, 1.0)
    )
    assert unsure < sure


@pytest.mark.parametrize(("seconds", "is_more"), [(1e9, True), (1e-9, False)])
def test_the_batch_is_fitted_to_the_time_of_a_step(seconds: float, *, is_more: bool) -> None:
    tuner = tuner_of(step_seconds=seconds, batch=4)
    crops = source()
    for _ in range(4):
        tuner.step(crops, WEIGHTS, 0.0)
    assert tuner._batch == (8 if is_more else 2)


def test_the_rate_falls_along_a_cosine_after_a_warm_up() -> None:
    tuner = tuner_of(learning_rate=1.0)
    rates = [tuner._rate(progress) for progress in (0, 0.25, 0.5, 0.75, 1)]
    assert rates == pytest.approx([1, 0.8609, 0.525, 0.1891, 0.05], abs=1e-3)
    assert tuner_of(learning_rate=1.0, warm_up_steps=10)._rate(0) == pytest.approx(0.1)


def test_the_loss_and_its_weight_are_those_of_the_settings() -> None:
    found = {
        (loss, dice): tuner_of(loss=loss, dice_weight=dice).step(source(), WEIGHTS, 0.0).loss
        for loss in ("cross_entropy", "focal", "mse")
        for dice in (0.0, 0.5)
    }
    assert len({round(value, 6) for value in found.values()}) == len(found)


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("full"), RuntimeError("CPUAllocator: not enough memory")],
)
def test_out_of_memory_makes_the_crops_fewer_and_then_smaller(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuner, crops = tuner_of(batch=8, crop=128), source()

    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(tuner_module, "partial_loss", full)
    for expected in ((4, 128), (2, 128), (2, 64)):
        assert np.isnan(tuner.step(crops, WEIGHTS, 0.0).loss)
        assert (tuner._batch, tuner._crop) == expected
    with pytest.raises(type(error)):
        tuner.step(crops, WEIGHTS, 0.0)
