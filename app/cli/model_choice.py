"""The options `--model` and `--weights`: which network to begin with."""

from __future__ import annotations

import argparse

from app.cli.terminal import CommandError

_OWN = ("starter", "filters")
"""Models that come as they are: with the weights that ship, or without a network."""


def add_model_arguments(parser: argparse.ArgumentParser, text: str, default: str | None) -> None:
    """The two options; `text` says what the model is for."""
    parser.add_argument("--model", metavar="NAME", default=default, help=text)
    parser.add_argument(
        "--weights",
        choices=("imagenet", "none"),
        help="begin with the weights that are published for the model, downloaded once, or with "
        "random ones (default: the published ones where there are such)",
    )


def weights_for(model: str, wanted: str | None) -> str | None:
    """Which weights `Learner` shall begin with. Raises CommandError."""
    if model in _OWN:
        if wanted is not None:
            raise CommandError(f"The model {model} comes as it is: leave out --weights.")
        return None
    if wanted is not None:
        return None if wanted == "none" else wanted
    from segmodels.models.registry import has_weights

    return "imagenet" if has_weights(model) else None


def weights_said(model: str, weights: str | None) -> str:
    """The model's weights in words."""
    if model in _OWN:
        return "as it is"
    return "random weights" if weights is None else "pretrained weights"
