"""Layouts: where the parts of a generated scene lie, and what class and material each part has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from segmodels.starter.materials import Field, Size
from segmodels.starter.shapes import Parts


@dataclass(frozen=True)
class Drawing:
    """One drawn layout: `parts` (H, W) uint8, and the brightness `gain` (H, W) of each pixel."""

    parts: Parts
    gain: Field | None = None


@dataclass(frozen=True)
class Layout:
    """A rule that draws part maps which are alike.

    Part i has class `labels[i]` and material number `materials[i]`: parts of one class may look
    different, and parts of different classes may look the same, so that only shape or
    surroundings tell them apart.
    """

    labels: tuple[int, ...]
    materials: tuple[int, ...]
    draw: Callable[[np.random.Generator, Size], Drawing]


Family = Callable[[np.random.Generator], Layout]
