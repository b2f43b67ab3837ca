"""`train`: fine-tune the project's model on the labels in the project."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cli.model_choice import add_model_arguments, weights_for, weights_said
from app.cli.terminal import CommandError
from app.cli.workbench import Workbench, open_project


@dataclass(frozen=True)
class Setting:
    """A field of `TrainSettings` that can be told; its default is written here, as --help must not
    wait for torch.
    """

    name: str
    default: str | float | int
    about: str


LOSSES = ("cross_entropy", "focal", "mse", "nll")

SETTINGS = (
    Setting("loss", "cross_entropy", "of a labelled pixel; nll is cross_entropy by another name"),
    Setting("dice_weight", 0.5, "how much Dice counts beside the loss; 0: not at all"),
    Setting("learning_rate", 3e-4, "of the network; that of its last layer is three times as high"),
    Setting("weight_decay", 0.02, "how fast unused weights shrink"),
    Setting("clip", 1.0, "the greatest norm of a step's gradients"),
    Setting("ema_decay", 0.97, "of the average of the weights, which is what is published"),
    Setting("batch", 2, "crops in a step, to begin with: adapted to the speed of the machine"),
    Setting("crop", 128, "side of a crop in pixels"),
    Setting("held_out", 0.25, "share of the labels that networks are judged by"),
    Setting("patience", 3, "comparisons without a gain until training stops"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, how long, the model to begin with, and how to train."""
    parser.add_argument("folder", type=Path, help="a folder of images")
    parser.add_argument(
        "--seconds", type=float, default=300, metavar="N", help="the longest time (default 300)"
    )
    add_model_arguments(
        parser,
        "begin anew with this model, e.g. features:resnet18 or unet:resnet34, which the project "
        "goes on with (default: the model in use, at first starter)",
        None,
    )
    told = parser.add_argument_group(
        "how to train",
        "The defaults need no tuning. What is told is kept with the model: it holds for further "
        "training of this project too, here and in the window, until it is told otherwise or "
        "begun anew with another model.",
    )
    for setting in SETTINGS:
        told.add_argument(
            f"--{setting.name.replace('_', '-')}",
            type=type(setting.default),
            choices=LOSSES if setting.name == "loss" else None,
            metavar=None if setting.name == "loss" else "N",
            help=f"{setting.about} (default {setting.default})",
        )


def run(options: argparse.Namespace) -> int:
    """Learn, publish what is better, and keep the model in use."""
    if options.weights is not None and options.model is None:
        raise CommandError("--weights tells what a new model begins with: name it with --model.")
    changes = _changes(options)
    with open_project(options.folder) as project:
        if not project.labelled_images():
            raise CommandError(
                f"Nothing is labelled in {options.folder}: paint some strokes in the window, "
                "or take finished masks with import-labels."
            )
        bench = Workbench(project)
        if options.model is None:
            bench.open_model()
        else:
            weights = weights_for(options.model, options.weights)
            print(f"Beginning with {options.model} ({weights_said(options.model, weights)})")
            bench.begin_model(options.model, weights)
        if changes:
            bench.workshop.set_training(changes)
        published = bench.learn(options.seconds)
        bench.keep_model()
        samples = len(bench.workshop.learner.samples)
        versions = "1 better version" if published == 1 else f"{published} better versions"
        print(f"Learned from {samples} images; {versions} published")
        print("The predictions are still those from before: run predict to make them anew.")
    return 1 if bench.failures else 0


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were told. Raises `CommandError` when nothing can be trained with one."""
    told = {setting.name: getattr(options, setting.name) for setting in SETTINGS}
    changes = {name: value for name, value in told.items() if value is not None}
    if changes:
        from segmodels import TrainSettings

        try:
            TrainSettings(**changes)
        except ValueError as error:
            raise CommandError(f"--{str(error).replace('_', '-')}") from error
    return changes
