"""Training the starter network: a step helps, a resumed run is the same run, exports load."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from segmodels.starter import training
from segmodels.starter.episodes import sample_episodes
from segmodels.starter.network import StarterConfig, StarterNet
from segmodels.starter.train import export, main, run
from segmodels.starter.training import Trainer, TrainSettings, to_batch, training_families

SMALL = StarterConfig(widths=(8, 8, 8, 8, 8), fine=3, half=4, coarse=2)
SETTINGS = TrainSettings(seed=3, learning_rate=1e-3, warm_up=0.01)


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "SIZES", ((48, 2), (64, 1)))


def test_one_step_lowers_the_loss_on_a_fixed_batch() -> None:
    trainer = Trainer(SETTINGS, SMALL)
    batch = to_batch(sample_episodes(np.random.default_rng(0), size=64, count=2))
    before = trainer.step(batch, 0.5)
    after = trainer.step(batch, 0.5)
    assert after < before


def test_many_steps_lower_the_loss_a_lot() -> None:
    trainer = Trainer(SETTINGS, SMALL)
    batch = to_batch(sample_episodes(np.random.default_rng(0), size=64, count=2))
    losses = [trainer.step(batch, 0.1) for _ in range(25)]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.usefixtures("_small_batches")
def test_a_resumed_run_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    def trained(folder: str, stops: list[int]) -> Trainer:
        for part, stop in enumerate(stops):
            trainer = Trainer(SETTINGS, SMALL)
            # The schedule must not depend on where the run was broken off.
            trainer.learning_rate = lambda progress: 1e-3  # type: ignore[method-assign]
            run(
                tmp_path / folder,
                trainer,
                steps=stop,
                resume=part > 0,
                workers=0,
                report_every=100,
                held_out_count=1,
            )
        return trainer

    unbroken, broken = trained("a", [4]), trained("b", [2, 4])
    assert broken.step_count == unbroken.step_count == 4
    for name, value in unbroken.ema.state_dict().items():
        torch.testing.assert_close(broken.ema.state_dict()[name], value, rtol=0, atol=0)
    for name, value in unbroken.net.state_dict().items():
        torch.testing.assert_close(broken.net.state_dict()[name], value, rtol=0, atol=0)


@pytest.mark.usefixtures("_small_batches")
def test_the_command_writes_weights_that_load_and_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "held_out_batches", lambda families, *, count: [])
    options = ["--out", str(tmp_path), "--steps", "1", "--workers", "0", "--seed", "5"]
    assert main([*options, "--widths", "8,8,8,8,8"]) == 0
    card = json.loads((tmp_path / "starter.json").read_text("utf-8"))
    assert (card["seed"], card["steps"]) == (5, 1)
    net = StarterNet(StarterConfig.from_dict(card["config"]))
    net.load_state_dict(load_file(tmp_path / "starter.safetensors"))
    assert len((tmp_path / "curve.jsonl").read_text("utf-8").splitlines()) == 1


@pytest.mark.usefixtures("_small_batches")
def test_exported_weights_give_the_features_of_the_run_even_with_huge_statistics(
    tmp_path: Path,
) -> None:
    trainer = Trainer(SETTINGS, SMALL)
    for norm in trainer.ema.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_var.fill_(3e6)
    (tmp_path / "curve.jsonl").touch()
    export(trainer, tmp_path, {})
    net = StarterNet(SMALL).eval()
    net.load_state_dict(load_file(tmp_path / "starter.safetensors"))
    x = 1e3 * torch.randn(1, 3, 32, 32)
    with torch.inference_mode():
        expected = trainer.ema.features(x)
        torch.testing.assert_close(net.features(x), expected, rtol=1e-2, atol=1e-9)
        assert expected.abs().max() > 1e-9


def test_the_batch_of_a_step_depends_on_seed_and_step_alone() -> None:
    families = training_families(())
    first = training.EpisodeSource(2, families)[7]
    again = training.EpisodeSource(2, families)[7]
    torch.testing.assert_close(first.images, again.images)
    torch.testing.assert_close(first.scored_index, again.scored_index)


def test_families_can_be_kept_away_from_training() -> None:
    assert "leaf" not in training_families(("leaf",))
    with pytest.raises(ValueError, match="lea"):
        training_families(("lea",))


def test_the_learning_rate_warms_up_and_ends_low() -> None:
    trainer = Trainer(TrainSettings(learning_rate=1.0, warm_up=0.1), SMALL)
    rates = [trainer.learning_rate(progress) for progress in (0.0, 0.05, 0.1, 0.5, 1.0)]
    assert rates[0] < rates[1] < rates[2] == pytest.approx(1.0)
    assert rates[2] > rates[3] > rates[4] == pytest.approx(0.01)
