"""Which pixels a tool may change, and writing within them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

UNLABELLED = 255

Ids = NDArray[np.uint8]
Mask = NDArray[np.bool_]


class Rule(StrEnum):
    """Where tools may write."""

    ALL = "all"
    UNLABELLED = "unlabelled"
    CLASS = "class"


@dataclass(frozen=True)
class Target:
    """A rule; for CLASS the shown class that may be changed; and locked classes.

    A locked class protects the person's pixels of it, not predicted ones.
    """

    rule: Rule = Rule.ALL
    class_id: int = 0
    locked: frozenset[int] = frozenset()

    @property
    def is_everything(self) -> bool:
        """True when no pixel is protected."""
        return self.rule is Rule.ALL and not self.locked


def allowed(labels: Ids, prediction: Ids | None, target: Target) -> Mask:
    """True where the target lets a tool write; arrays of one shape."""
    if target.rule is Rule.UNLABELLED:
        return labels == UNLABELLED
    if target.rule is Rule.CLASS:
        result = labels == target.class_id
        if prediction is not None:
            result |= (labels == UNLABELLED) & (prediction == target.class_id)
    else:
        result = np.ones(labels.shape, np.bool_)
    for class_id in target.locked:
        result &= labels != class_id
    return result


def write(
    labels: Ids, prediction: Ids | None, mask: Mask, value: int | Ids, target: Target
) -> None:
    """Set `labels` to `value` (an id, or ids of the same shape) where mask and target allow."""
    if not target.is_everything:
        mask = mask & allowed(labels, prediction, target)
    np.copyto(labels, np.asarray(value, np.uint8), where=mask)
