"""Scene families of large regions: textures, cells, strata, organs, nested regions, polygons."""

from __future__ import annotations

import cv2
import numpy as np

from segmodels.starter import shapes
from segmodels.starter.layouts import Drawing, Layout
from segmodels.starter.materials import Size, smooth_noise


def textures(rng: np.random.Generator) -> Layout:
    """A few large patches of different texture with smooth borders."""
    count = int(rng.integers(2, 6))
    cell = shapes.log_uniform(rng, 25, 90)

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        heights = np.stack([smooth_noise(rng, size, cell) for _ in range(count)])
        return Drawing(heights.argmax(0).astype(np.uint8))

    return Layout(tuple(range(count)), tuple(range(count)), draw)


def cells(rng: np.random.Generator) -> Layout:
    """Voronoi cells between walls; either the walls are a class, or the kinds of cells are."""
    kinds = int(rng.integers(1, 4))
    spacing = shapes.log_uniform(rng, 8, 45)
    wall = int(rng.integers(1, max(2, min(5, int(spacing / 5)))))
    bend = rng.uniform(0, 0.25) * spacing
    spread = rng.uniform(0, 0.25)
    by_kind = kinds > 1 and rng.random() < 0.5

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        count = max(3, int(size[0] * size[1] / spacing**2))
        seeds = np.full(size, 255, np.uint8)
        for x, y in shapes.scattered(rng, size, count=count, gap=0.6 * spacing, tries=2):
            seeds[int(y), int(x)] = 0
        _, owner = cv2.distanceTransformWithLabels(
            seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_CCOMP
        )
        kind = rng.integers(1, kinds + 1, int(owner.max()) + 1).astype(np.uint8)
        gains = (1 + spread * rng.normal(size=int(owner.max()) + 1)).astype(np.float32)
        ids = owner.astype(np.float32)
        edges = cv2.morphologyEx(ids, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        if wall > 1:
            edges = cv2.dilate(edges.astype(np.uint8), np.ones((wall, wall), np.uint8)) > 0
        parts = np.where(edges, np.uint8(0), kind[owner])
        gain = np.where(edges, np.float32(1), gains[owner])
        if bend > 1:
            return Drawing(shapes.warp(rng, parts, amplitude=bend, cell=spacing))
        return Drawing(parts, gain)

    labels = tuple(range(kinds + 1)) if by_kind else (0,) + (1,) * kinds
    return Layout(labels, tuple(range(kinds + 1)), draw)


def strata(rng: np.random.Generator) -> Layout:
    """Bands across the image, as of soil, skin, retina, or road below houses below sky."""
    count = int(rng.integers(2, 6))
    tilt = rng.normal(0, 0.15) if rng.random() < 0.8 else rng.uniform(-1.5, 1.5)
    rough = shapes.log_uniform(rng, 1, 14)
    cell = shapes.log_uniform(rng, 12, 80)
    share = np.cumsum(rng.dirichlet(np.full(count, 3.0)))[:-1]

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
        depth = y + np.float32(tilt) * (x - size[1] / 2) + rough * smooth_noise(rng, size, cell)
        parts = np.zeros(size, np.uint8)
        for border in share + rng.normal(0, 0.04, count - 1):
            parts += depth > border * size[0]
        return Drawing(parts)

    return Layout(tuple(range(count)), tuple(range(count)), draw)


def organs(rng: np.random.Generator) -> Layout:
    """Smooth closed regions framed alike in every image, left and right maybe two classes."""
    pair = rng.random() < 0.5
    centres = rng.uniform(0.25, 0.75, (3, 2))
    if pair:
        centres[1] = (1 - centres[0, 0], centres[0, 1])
    radii = rng.uniform(0.1, 0.3, 3)
    radii[1] = radii[0] if pair else radii[1]
    stretch = rng.uniform(1, 2)
    leans = rng.uniform(0, np.pi, 3)
    leans[1] = np.pi - leans[0] if pair else leans[1]
    wobble = rng.uniform(0.05, 0.4)
    bars = int(rng.integers(0, 9)) if rng.random() < 0.5 else 0
    twins = pair and rng.random() < 0.5

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        body = shapes.blob(rng, (size[1] / 2, size[0] / 2), 0.55 * min(size), wobble=0.15)
        shapes.fill(parts, body, 1)
        for part in (3, 2, 1):
            centre = (centres[part - 1] + rng.normal(0, 0.03, 2)) * (size[1], size[0])
            outline = shapes.blob(
                rng,
                (float(centre[0]), float(centre[1])),
                radii[part - 1] * min(size) * rng.uniform(0.85, 1.15),
                stretch=stretch,
                wobble=wobble,
                angle=leans[part - 1] + rng.normal(0, 0.1),
            )
            shapes.fill(parts, outline, part + 1)
        if not bars:
            return Drawing(parts)
        # Ribs: brightness bands that cross every region and belong to none.
        y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
        bow = y + 0.002 * np.square(x - size[1] / 2) * rng.normal()
        wave = np.sin(bow * np.float32(2 * np.pi * bars / size[0]))
        return Drawing(parts, (1 + rng.uniform(0.03, 0.15) * wave).astype(np.float32))

    labels = (0, 0, 1, 1 if twins else 2, 0 if pair else 3)
    return Layout(labels, (0, 1, 2, 2 if pair else 3, 4), draw)


def nested(rng: np.random.Generator) -> Layout:
    """Regions inside regions; sometimes the innermost looks as the outermost."""
    count = int(rng.integers(2, 5))
    radius = rng.uniform(0.25, 0.5)
    shrink = rng.uniform(0.5, 0.8)
    wobble = rng.uniform(0.05, 0.3)
    objects = int(rng.choice([1, 1, 2, 4]))
    same = count > 2 and rng.random() < 0.4

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        reach = radius * min(size) / np.sqrt(objects)
        for centre in shapes.scattered(rng, size, count=objects, gap=1.8 * reach):
            step = reach * rng.uniform(0.8, 1.3)
            for ring in range(1, count):
                shift = rng.normal(0, 0.08 * step, 2)
                at = (centre[0] + float(shift[0]), centre[1] + float(shift[1]))
                shapes.fill(parts, shapes.blob(rng, at, step, stretch=1.3, wobble=wobble), ring)
                step *= shrink
        return Drawing(parts)

    materials = (*range(count - 1), 0) if same else tuple(range(count))
    return Layout(tuple(range(count)), materials, draw)


def fields(rng: np.random.Generator) -> Layout:
    """Straight-edged areas that cover each other, as of houses, fields and machine parts."""
    kinds = int(rng.integers(2, 5))
    radius = shapes.log_uniform(rng, 8, 50)
    corners = int(rng.integers(3, 7))
    cover = rng.uniform(0.3, 1.0)
    spread = rng.uniform(0, 0.2)

    def draw(rng: np.random.Generator, size: Size) -> Drawing:
        parts = np.zeros(size, np.uint8)
        gain = np.ones(size, np.float32)
        count = int(np.clip(cover * size[0] * size[1] / (2 * radius**2), 2, 60))
        for _ in range(count):
            centre = (rng.uniform(0, size[1]), rng.uniform(0, size[0]))
            outline = shapes.polygon(rng, centre, radius * rng.uniform(0.5, 1.5), corners=corners)
            shapes.fill(parts, outline, int(rng.integers(1, kinds)))
            points = np.round(outline).astype(np.int32)
            cv2.fillPoly(gain, [points], float(1 + spread * rng.normal()))
        return Drawing(parts, gain)

    return Layout(tuple(range(kinds)), tuple(range(kinds)), draw)
