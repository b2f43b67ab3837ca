"""Scene families of things: cells with rims, spots, kinds of shapes, outlines, leaves."""

from __future__ import annotations

import cv2
import numpy as np

from segmodels.starter import shapes
from segmodels.starter.layouts import Drawing, Layout
from segmodels.starter.materials import Size


def touching_ellipses(rng: np.random.Generator) -> Layout:
    """Cells that touch, with a rim and maybe a nucleus, of varying brightness, among debris."""
    radius = shapes.log_uniform(rng, 4, 40)
    rim = int(rng.integers(0, 4)) if radius > 7 else int(rng.integers(0, 2))
    nucleus = radius > 8 and rng.random() < 0.5
    gap = rng.uniform(1.0, 2.6) * radius
    stretch = rng.uniform(1, 2)
    wobble = rng.uniform(0, 0.3)
    spread = float(rng.choice([0.0, 0.1, 0.3]))
    debris = int(rng.choice([0, 0, 5, 20]))
    cover = rng.uniform(0.2, 1.0)

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        gain = np.ones(size, np.float32)
        for _ in range(debris):
            at = (rng.uniform(0, size[1]), rng.uniform(0, size[0]))
            shapes.fill(parts, shapes.blob(rng, at, radius * rng.uniform(0.1, 0.35)), 4)
        count = int(np.clip(cover * size[0] * size[1] / gap**2, 1, 150))
        for centre in shapes.scattered(rng, size, count=count, gap=gap):
            reach = radius * rng.uniform(0.8, 1.2)
            outline = shapes.blob(
                rng, centre, reach, stretch=rng.uniform(1, stretch), wobble=wobble
            )
            shapes.fill(parts, outline, 1)
            cv2.fillPoly(
                gain, [np.round(outline).astype(np.int32)], float(np.exp(spread * rng.normal()))
            )
            if rim:
                shapes.trace(parts, outline, 2, width=rim, closed=True)
            if nucleus:
                middle = outline.mean(0) + rng.normal(0, 0.12 * reach, 2)
                inner = shapes.blob(
                    rng,
                    (float(middle[0]), float(middle[1])),
                    reach * rng.uniform(0.35, 0.55),
                    wobble=wobble,
                )
                shapes.fill(parts, inner, 3)
        return Drawing(parts, gain)

    rim_class = int(rng.choice([0, 1, 1, 3]))
    nucleus_class = int(rng.choice([1, 2, 2]))
    return Layout((0, 1, rim_class, nucleus_class, 0), (0, 1, 2, 3, int(rng.integers(1, 4))), draw)


def spots(rng: np.random.Generator) -> Layout:
    """Dense small spots on a textured ground."""
    radius = shapes.log_uniform(rng, 1.2, 6)
    gap = radius * rng.uniform(2.2, 6)
    kinds = int(rng.integers(1, 3))
    spread = rng.uniform(0, 0.25)

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        gain = np.ones(size, np.float32)
        count = int(min(400, 0.7 * size[0] * size[1] / gap**2))
        for x, y in shapes.scattered(rng, size, count=count, gap=gap, tries=2):
            axes = np.maximum(1, radius * rng.uniform(0.6, 1.4, 2))
            centre, reach = (round(x), round(y)), (round(axes[0]), round(axes[1]))
            lean = float(rng.uniform(0, 180))
            value = int(rng.integers(1, kinds + 1))
            cv2.ellipse(parts, centre, reach, lean, 0, 360, value, -1)
            cv2.ellipse(gain, centre, reach, lean, 0, 360, float(1 + spread * rng.normal()), -1)
        return Drawing(parts, gain)

    return Layout(tuple(range(kinds + 1)), tuple(range(kinds + 1)), draw)


def _small(rng: np.random.Generator, centre: tuple[float, float], radius: float) -> shapes.Points:
    return shapes.blob(rng, centre, 0.45 * radius, wobble=0.1)


def _large(rng: np.random.Generator, centre: tuple[float, float], radius: float) -> shapes.Points:
    return shapes.blob(rng, centre, 1.2 * radius, wobble=0.1)


def _long(rng: np.random.Generator, centre: tuple[float, float], radius: float) -> shapes.Points:
    return shapes.blob(rng, centre, 0.7 * radius, stretch=5, wobble=0.05)


def _angular(rng: np.random.Generator, centre: tuple[float, float], radius: float) -> shapes.Points:
    return shapes.polygon(rng, centre, 1.1 * radius, corners=int(rng.integers(3, 5)))


def _starry(rng: np.random.Generator, centre: tuple[float, float], radius: float) -> shapes.Points:
    star = shapes.blob(rng, centre, radius, wobble=0)
    star[::4] = (star[::4] - centre) * 1.5 + centre
    star[2::4] = (star[2::4] - centre) * 0.6 + centre
    return star


def kinds_of_shapes(rng: np.random.Generator) -> Layout:
    """Things of one material whose class is their shape or size alone."""
    makers = (_small, _large, _long, _angular, _starry)
    chosen = [makers[i] for i in rng.permutation(len(makers))[: int(rng.integers(2, 4))]]
    radius = shapes.log_uniform(rng, 6, 22)
    first_is_ground = rng.random() < 0.5
    spread = rng.uniform(0, 0.2)

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        gain = np.ones(size, np.float32)
        count = int(0.6 * size[0] * size[1] / (2.6 * radius) ** 2) + 2
        for index, centre in enumerate(shapes.scattered(rng, size, count=count, gap=2.6 * radius)):
            kind = index % len(chosen)
            outline = chosen[kind](rng, centre, radius * rng.uniform(0.85, 1.15))
            shapes.fill(parts, outline, kind + 1)
            cv2.fillPoly(
                gain, [np.round(outline).astype(np.int32)], float(1 + spread * rng.normal())
            )
        return Drawing(parts, gain)

    shift = 0 if first_is_ground else 1
    labels = (0, *(kind + shift for kind in range(len(chosen))))
    return Layout(labels, (0,) + (1,) * len(chosen), draw)


def outlines(rng: np.random.Generator) -> Layout:
    """Things known by their outline only: inside they look as the ground does."""
    radius = shapes.log_uniform(rng, 9, 45)
    width = int(rng.integers(1, 4))
    wobble = rng.uniform(0, 0.3)
    rim_class = int(rng.choice([0, 1, 1, 2]))
    stray = int(rng.choice([0, 3, 8]))

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        for _ in range(stray):
            at = (rng.uniform(0, size[1]), rng.uniform(0, size[0]))
            line = shapes.walk(rng, at, rng.uniform(0, 6.3), length=2 * radius, bend=0.2)
            shapes.trace(parts, line, 3, width=width)
        count = int(0.7 * size[0] * size[1] / (2.2 * radius) ** 2) + 1
        for centre in shapes.scattered(rng, size, count=count, gap=2.2 * radius):
            outline = shapes.blob(
                rng, centre, radius * rng.uniform(0.7, 1.1), stretch=1.3, wobble=wobble
            )
            shapes.fill(parts, outline, 1)
            shapes.trace(parts, outline, 2, width=width, closed=True)
        return Drawing(parts)

    return Layout((0, 1, rim_class, 0), (0, 0, 1, 1), draw)


def leaf(rng: np.random.Generator) -> Layout:
    """One large thing with veins and sick spots, on a cluttered ground."""
    radius = rng.uniform(0.3, 0.5)
    stretch = rng.uniform(1, 2.5)
    spot = shapes.log_uniform(rng, 1.5, 10)
    many = int(rng.integers(2, 25))
    veins = rng.random() < 0.6
    ring = rng.random() < 0.4

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        for _ in range(int(rng.integers(0, 6))):
            at = (rng.uniform(0, size[1]), rng.uniform(0, size[0]))
            clutter = shapes.polygon(rng, at, rng.uniform(5, 40), corners=int(rng.integers(3, 6)))
            shapes.fill(parts, clutter, 3)
        middle = (size[1] * rng.uniform(0.4, 0.6), size[0] * rng.uniform(0.4, 0.6))
        reach = radius * min(size)
        leaning = rng.uniform(0, np.pi)
        outline = shapes.blob(rng, middle, reach, stretch=stretch, angle=leaning, wobble=0.15)
        inside = np.zeros(size, np.uint8)
        shapes.fill(inside, outline, 1)
        parts[inside > 0] = 1
        marks = np.zeros(size, np.uint8)
        if veins:
            for line, _ in shapes.tree(
                rng, middle, leaning, length=1.5 * reach, bend=0.05, branches=6
            ):
                shapes.trace(marks, line, 4, width=1)
        for _ in range(many):
            place = rng.normal(middle, 0.5 * reach)
            sore = shapes.blob(
                rng, (float(place[0]), float(place[1])), spot * rng.uniform(0.6, 1.6), wobble=0.3
            )
            shapes.fill(marks, sore, 2)
            if ring:
                shapes.trace(marks, sore, 5, width=1, closed=True)
        return Drawing(np.where((inside > 0) & (marks > 0), marks, parts))

    return Layout((0, 1, 2, 0, 1, 2), (0, 1, 2, int(rng.choice([2, 3])), 4, 5), draw)
