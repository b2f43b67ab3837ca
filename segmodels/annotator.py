"""A simulated person with a round brush, who paints where a prediction is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.ridge import Point, Room, any_place, find_regions, roomiest, walk_ridge

UNLABELLED = 255

Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class Stroke:
    """One press, drag and release of a round brush; radius 0 draws a line one pixel wide."""

    points: tuple[Point, ...]  # x, y pixels
    radius: int
    class_id: int

    @property
    def length(self) -> float:
        """The way of the brush in pixels."""
        return sum(math.dist(a, b) for a, b in zip(self.points, self.points[1:], strict=False))

    @property
    def user_seconds(self) -> float:
        """What it costs a person: to find the place, to draw, to let go."""
        return 1.5 + self.length / 400 + 0.2

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 (past the end) of all pixels it may set; may reach outside the image."""
        x, y = zip(*self.points, strict=True)
        reach = self.radius + 1
        return min(x) - reach, min(y) - reach, max(x) + reach + 1, max(y) + reach + 1

    def draw(self, labels: Labels) -> None:
        """Write its class into `labels`, (H, W) uint8, in place."""
        starts = self.points[:-1] or self.points
        for start, end in zip(starts, self.points[1:] or self.points, strict=True):
            cv2.line(labels, start, end, self.class_id, max(1, 2 * self.radius))


@dataclass(frozen=True)
class AnnotatorSettings:
    """How the person works; lengths in pixels."""

    smallest_error: int = 30  # pixels; smaller wrong regions are left
    strokes_per_round: int = 3
    rounds: int = 3
    fill: float = 0.6  # brush radius over the largest disc that fits: the rest is room to move
    largest_radius: int = 30
    longest_stroke: int = 150
    first_radius: int = 6
    first_length: int = 40
    shake: float = 0.0  # standard deviation of the hand
    wrong_class: float = 0.0  # share of strokes painted in a wrong class


class SimulatedAnnotator:
    """Paints inside the true regions of an image that it is shown the truth of. Seeded."""

    def __init__(self, *, seed: int = 0, settings: AnnotatorSettings | None = None) -> None:
        self.settings = settings or AnnotatorSettings()
        self._random = np.random.default_rng(seed)

    def first_strokes(self, truth: Labels) -> list[Stroke]:
        """One short stroke in each class of `truth`, (H, W) uint8, 255 = of no class."""
        settings = self.settings
        strokes = []
        classes = [int(value) for value in np.unique(truth) if value != UNLABELLED]
        for class_id in classes:
            regions = find_regions(truth == class_id)
            # Some region of the larger ones, as a person takes what catches the eye.
            largest = sorted(regions, key=lambda region: -region.area)[:3]
            region = largest[int(self._random.integers(len(largest)))]
            room = region.room()
            radius = self._largest_brush(room, settings.first_radius)
            start = any_place(room, radius, self._random)
            path = walk_ridge(room, radius, settings.first_length, start)
            stroke = Stroke(region.in_image(path), radius, class_id)
            strokes.append(self._as_painted(stroke, classes))
        return strokes

    def corrections(self, truth: Labels, predicted: Labels) -> list[Stroke]:
        """One round: a stroke in each of the largest wrong regions; empty when all is well.

        Both are (H, W) uint8; 255 in `truth` = of no class, never wrong.
        """
        settings = self.settings
        wrong = (predicted != truth) & (truth != UNLABELLED)
        classes = [int(value) for value in np.unique(truth) if value != UNLABELLED]
        found = [
            (region, class_id)
            for class_id in classes
            for region in find_regions(wrong & (truth == class_id))
            if region.area > settings.smallest_error
        ]
        found.sort(key=lambda pair: -pair[0].area)
        strokes = []
        for region, class_id in found[: settings.strokes_per_round]:
            room = region.room()
            radius = self._largest_brush(room, settings.largest_radius)
            path = walk_ridge(room, radius, settings.longest_stroke, roomiest(room))
            stroke = Stroke(region.in_image(path), radius, class_id)
            strokes.append(self._as_painted(stroke, classes))
        return strokes

    def _largest_brush(self, room: Room, limit: int) -> int:
        return min(limit, max(0, int(float(room.max()) * self.settings.fill - 1)))

    def _as_painted(self, stroke: Stroke, classes: Sequence[int]) -> Stroke:
        """The stroke as a hand makes it: shaken, and now and then of the wrong class."""
        points, class_id = stroke.points, stroke.class_id
        if self.settings.shake:
            shaken = np.asarray(points) + self._random.normal(
                0, self.settings.shake, (len(points), 2)
            )
            points = tuple((int(x), int(y)) for x, y in np.rint(shaken))
        others = [value for value in classes if value != class_id]
        if others and self._random.random() < self.settings.wrong_class:
            class_id = int(self._random.choice(others))
        return Stroke(points, stroke.radius, class_id)


def paint(labels: Labels, strokes: Iterable[Stroke]) -> None:
    """Draw the strokes into `labels`, (H, W) uint8, in place and in their order."""
    for stroke in strokes:
        stroke.draw(labels)


def user_seconds(strokes: Iterable[Stroke]) -> float:
    """What the strokes cost a person."""
    return sum(stroke.user_seconds for stroke in strokes)
