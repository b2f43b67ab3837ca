"""How to train can be told on the command line, and the project's model remembers it."""

from __future__ import annotations

import pytest

from app.cli import main
from app.cli.train import LOSSES, SETTINGS
from app.cli.workbench import Workbench, open_project
from segmodels import TrainSettings


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def settings_of(folder) -> TrainSettings:
    with open_project(folder) as project:
        bench = Workbench(project)
        bench.open_model()
        return bench.workshop.learner.settings.train


def test_what_is_told_holds_for_further_training(work, monkeypatch) -> None:
    monkeypatch.setattr(Workbench, "learn", lambda *_: 0)
    assert run("import-labels", work.images, "--from", work.truth) == 0
    told = ("--loss", "focal", "--learning-rate", "1e-3", "--crop", 48, "--patience", 1)
    assert run("train", work.images, *told) == 0
    assert settings_of(work.images) == TrainSettings(
        loss="focal", learning_rate=1e-3, crop=48, patience=1
    )
    assert run("train", work.images, "--loss", "mse") == 0
    assert settings_of(work.images) == TrainSettings(
        loss="mse", learning_rate=1e-3, crop=48, patience=1
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("--learning-rate", "7", "--learning-rate must be from 1e-08 to 1, not 7."),
        ("--ema-decay", "nan", "--ema-decay must be from 0 to 0.99999, not nan."),
        ("--held-out", "0.9", "--held-out must be from 0.05 to 0.5, not 0.9."),
        ("--crop", "8", "--crop must be from 32 to 1024, not 8."),
    ],
)
def test_what_nothing_can_be_trained_with_is_refused_with_a_sentence(
    work, capsys, name: str, value: str, sentence: str
) -> None:
    assert run("train", work.images, name, value) == 1
    assert capsys.readouterr().err.strip() == sentence
    assert not (work.images / "maskloop").exists()


def test_an_unknown_loss_is_a_wrong_command_line(work, capsys) -> None:
    assert run("train", work.images, "--loss", "hinge") == 2
    assert "cross_entropy" in capsys.readouterr().err


def test_the_help_tells_the_true_defaults() -> None:
    for setting in SETTINGS:
        assert getattr(TrainSettings(), setting.name) == setting.default
    for loss in LOSSES:
        TrainSettings(loss=loss)
    with pytest.raises(ValueError, match=", ".join(LOSSES)):
        TrainSettings(loss="hinge")
