"""Whether a model from elsewhere is what it says, before memory is taken for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segmodels.errors import ModelFileError
from segmodels.fusion import FusedHead
from segmodels.models import build
from segmodels.prediction import MOST_CLASSES
from segmodels.storage import read_model

_MOST_WEIGHT = 1e9


def check_model(folder: Path) -> None:
    """Raise ModelFileError unless the weights in a folder have the shapes that its card tells."""
    card, weights = read_model(folder)
    try:
        is_fit = _is_fit(card, weights)
    except (
        KeyError,
        TypeError,
        ValueError,
        RuntimeError,
        AttributeError,
        IndexError,
        OverflowError,
        RecursionError,
        AssertionError,
    ) as error:
        raise ModelFileError("The model does not fit this program: it was not taken.") from error
    if not is_fit:
        raise ModelFileError("The model is not what its card says: it was not taken.")


def _is_fit(card: Mapping[str, Any], weights: Mapping[str, Tensor]) -> bool:
    name, classes = card["model"], card["classes"]
    # With a second colon, some libraries would look for a model elsewhere.
    if not isinstance(name, str) or name.count(":") > 1 or not isinstance(classes, int):
        return False
    if not 1 <= classes <= MOST_CLASSES or any(head["classes"] != classes for head in card["head"]):
        return False
    shapes = {key: tuple(tensor.shape) for key, tensor in weights.items()}
    expected: dict[str, tuple[int, ...]] = {}
    with torch.device("meta"):  # shapes without memory
        head = FusedHead.from_config(card["head"]).state_dict()
        for part in ("head", "steady") if _has_steady(card) else ("head",):
            expected |= {f"{part}.{key}": tuple(t.shape) for key, t in head.items()}
        if card["network"] is not None and name == "starter":
            network = build(name, config=card["network"]).state_dict()
            expected |= {f"network.{key}": tuple(t.shape) for key, t in network.items()}
        elif card["network"] is not None:  # its size follows from its name
            expected |= {key: value for key, value in shapes.items() if key.startswith("network.")}
    finite = all(bool(t.isfinite().all()) for t in weights.values() if t.is_floating_point())
    return shapes == expected and finite


def _has_steady(card: Mapping[str, Any]) -> bool:
    """Whether there is a mean head too. Raises ValueError when its weight is none."""
    steady = card.get("steady")
    if steady is None:
        return False
    if not 0 <= float(steady["weight"]) < _MOST_WEIGHT:
        raise ValueError(steady["weight"])
    return True
