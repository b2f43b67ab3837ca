"""`train`: fine-tune the project's model on the labels in the project."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.model_choice import add_model_arguments, weights_for, weights_said
from app.cli.terminal import CommandError
from app.cli.workbench import Workbench, open_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, how long, and the model to begin with."""
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


def run(options: argparse.Namespace) -> int:
    """Learn, publish what is better, and keep the model in use."""
    if options.weights is not None and options.model is None:
        raise CommandError("--weights tells what a new model begins with: name it with --model.")
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
        published = bench.learn(options.seconds)
        bench.keep_model()
        samples = len(bench.workshop.learner.samples)
        versions = "1 better version" if published == 1 else f"{published} better versions"
        print(f"Learned from {samples} images; {versions} published")
        print("The predictions are still those from before: run predict to make them anew.")
    return 1 if bench.failures else 0
