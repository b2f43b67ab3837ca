"""Scene families of thin things: cracks, vessels, crossing fibres."""

from __future__ import annotations

import numpy as np

from segmodels.starter import shapes
from segmodels.starter.layouts import Drawing, Layout
from segmodels.starter.materials import Size


def cracks(rng: np.random.Generator) -> Layout:
    """Thin branching curves on a ground that has stains and marks of the same colour."""
    width = shapes.log_uniform(rng, 1, 4)
    bend = rng.uniform(0.08, 0.5)
    branches = rng.uniform(0, 5)
    count = int(rng.integers(1, 4))
    stains = int(rng.choice([0, 3, 10]))
    paint = rng.random() < 0.3

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        if paint:
            across = shapes.walk(rng, (0.0, rng.uniform(0, size[0])), 0.0, length=300, bend=0)
            shapes.trace(parts, across, 3, width=int(rng.integers(6, 30)))
        for _ in range(stains):
            at = (rng.uniform(0, size[1]), rng.uniform(0, size[0]))
            shapes.fill(parts, shapes.blob(rng, at, rng.uniform(1.5, 8), wobble=0.4), 2)
        for _ in range(count):
            at = (rng.uniform(0, size[1]), rng.uniform(0, size[0]))
            heading = rng.uniform(0, 6.3)
            length = rng.uniform(0.5, 1.2) * max(size)
            for line, share in shapes.tree(
                rng, at, heading, length=length, bend=bend, branches=branches
            ):
                shapes.trace(parts, line, 1, width=round(width * share))
        return Drawing(parts)

    return Layout((0, 1, 0, 0), (0, 1, 1 if rng.random() < 0.6 else 2, 3), draw)


def vessels(rng: np.random.Generator) -> Layout:
    """A tree of tubes that thin out, maybe thick and thin ones being two classes."""
    width = shapes.log_uniform(rng, 3, 12)
    bend = rng.uniform(0.05, 0.25)
    trees = int(rng.integers(1, 4))
    by_width = rng.random() < 0.3
    rim = rng.random() < 0.3

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        for _ in range(trees):
            at = (float(rng.choice([0, size[1]])), rng.uniform(0, size[0]))
            heading = float(np.arctan2(size[0] / 2 - at[1], size[1] / 2 - at[0]))
            for line, share in reversed(
                shapes.tree(rng, at, heading, length=1.3 * size[1], bend=bend, branches=7)
            ):
                thick = width * (1 if share == 1 else share * 0.5)
                if rim:
                    shapes.trace(parts, line, 3, width=round(thick) + 3)
                shapes.trace(parts, line, 1 if share == 1 else 2, width=round(thick))
        return Drawing(parts)

    return Layout((0, 1, 2 if by_width else 1, 0), (0, 1, 1, 2), draw)


def fibres(rng: np.random.Generator) -> Layout:
    """Crossing fibres; the class is fibre or not, or the direction of the fibre."""
    width = shapes.log_uniform(rng, 1, 7)
    bend = rng.uniform(0, 0.08)
    count = int(rng.integers(6, 30))
    by_direction = rng.random() < 0.5
    first = rng.uniform(0, np.pi)

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        gain = np.ones(size, np.float32)
        for _ in range(count):
            kind = int(rng.integers(2))
            heading = first + kind * np.pi / 2 + rng.normal(0, 0.15 if by_direction else 0.6)
            reach = 0.7 * max(size)
            start = (
                rng.uniform(0, size[1]) - reach * np.cos(heading),
                rng.uniform(0, size[0]) - reach * np.sin(heading),
            )
            line = shapes.walk(rng, start, heading, length=2 * reach, bend=bend, step=8)
            shapes.trace(parts, line, kind + 1, width=round(width))
            shapes.trace_gain(gain, line, float(1 + 0.15 * rng.normal()), width=round(width))
        return Drawing(parts, gain)

    return Layout((0, 1, 2 if by_direction else 1), (0, 1, 1), draw)
