"""Scenes: generated images with labels, of kinds that a starter network should know beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmodels.starter import line_families, object_families, region_families, shapes
from segmodels.starter.layouts import Family, Layout
from segmodels.starter.light import Camera, sample_camera
from segmodels.starter.materials import Material, Size, sample_materials, smooth_noise

FAMILIES: dict[str, Family] = {
    "textures": region_families.textures,
    "cells": region_families.cells,
    "strata": region_families.strata,
    "organs": region_families.organs,
    "nested": region_families.nested,
    "fields": region_families.fields,
    "touching ellipses": object_families.touching_ellipses,
    "spots": object_families.spots,
    "kinds of shapes": object_families.kinds_of_shapes,
    "outlines": object_families.outlines,
    "leaf": object_families.leaf,
    "cracks": line_families.cracks,
    "vessels": line_families.vessels,
    "fibres": line_families.fibres,
}


@dataclass(frozen=True)
class Scene:
    """A generated `image` (H, W, 3) uint8 RGB and its `labels` (H, W) uint8, classes 0, 1, ..."""

    image: NDArray[np.uint8]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class Kind:
    """A kind of images, as in one folder: the same layout, materials and camera."""

    family: str
    layout: Layout
    materials: tuple[Material, ...]
    camera: Camera
    bend: float
    spread: float

    def draw(self, rng: np.random.Generator, size: Size) -> Scene:
        """Draw one image of this kind; it may lack some of the classes."""
        drawing = self.layout.draw(rng, size)
        parts = drawing.parts
        if self.bend:
            parts = shapes.warp(rng, parts, amplitude=self.bend, cell=30)
        picture = np.empty((*size, 3), np.float32)
        present = np.flatnonzero(np.bincount(parts.ravel(), minlength=len(self.layout.labels)))
        numbers = np.array(self.layout.materials)[parts]
        for number in {self.layout.materials[part] for part in present}:
            inside = numbers == number
            picture[inside] = self.materials[number].paint(rng, size)[inside]
        if drawing.gain is not None and not self.bend:
            picture *= drawing.gain[..., None]
        if self.spread:
            picture *= (1 + self.spread * smooth_noise(rng, size, 50))[..., None]
        image = self.camera.vary(rng).take(rng, picture)
        return Scene(image, np.array(self.layout.labels, np.uint8)[parts])


def sample_kind(rng: np.random.Generator, families: tuple[str, ...] = tuple(FAMILIES)) -> Kind:
    """Draw a kind of images from one of `families` (keys of `FAMILIES`)."""
    family = families[int(rng.integers(len(families)))]
    layout = FAMILIES[family](rng)
    return Kind(
        family=family,
        layout=layout,
        materials=tuple(sample_materials(rng, max(layout.materials) + 1)),
        camera=sample_camera(rng),
        bend=float(rng.choice([0.0, 0.0, 0.0, 1.5, 4.0])),
        spread=float(rng.choice([0.0, 0.0, 0.1])),
    )
