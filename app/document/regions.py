"""Objects in a label array: connected regions, their outlines, and outlines back to pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.edit import Rect

Ring = NDArray[np.float64]
"""A closed outline: (N, 2) x, y at pixel edges; the last point is not repeated."""


@dataclass(frozen=True, eq=False)
class Region:
    """Pixels of one class that touch, also by corners. `mask` is the (h, w) bool crop of `box`."""

    class_id: int
    box: Rect
    mask: NDArray[np.bool_]

    @property
    def area(self) -> int:
        """In pixels."""
        return int(np.count_nonzero(self.mask))

    def rings(self) -> list[tuple[Ring, list[Ring]]]:
        """Its outline and the outlines of its holes, in image coordinates."""
        offset = np.array([self.box.x, self.box.y], np.float64)
        return [
            (outer + offset, [hole + offset for hole in holes])
            for outer, holes in outlines(self.mask)
        ]

    def polygon(self) -> Ring:
        """One ring that also encloses the holes, by bridges that are walked there and back."""
        return np.concatenate([with_bridges(outer, holes) for outer, holes in self.rings()])


def regions(labels: NDArray[np.uint8], class_ids: Iterable[int]) -> Iterator[Region]:
    """The connected regions of these classes in (H, W) uint8 labels, class by class."""
    for class_id in class_ids:
        is_class = (labels == class_id).view(np.uint8)
        count, numbers, stats, _ = cv2.connectedComponentsWithStats(is_class, connectivity=8)
        for number in range(1, count):
            x, y, width, height = (int(value) for value in stats[number, :4])
            mask = np.asarray(numbers[y : y + height, x : x + width] == number)
            yield Region(class_id, Rect(x, y, width, height), mask)


def outlines(mask: NDArray[np.bool_]) -> list[tuple[Ring, list[Ring]]]:
    """The exact outlines of a bool mask along pixel edges: outer rings, each with its holes.

    OpenCV walks along pixel centres; on the doubled mask each centre belongs to one edge, and its
    diagonal steps fall together on the corner that they cut.
    """
    doubled = np.repeat(np.repeat(mask.view(np.uint8), 2, axis=0), 2, axis=1)
    contours, hierarchy = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return []
    rings = [_corners((np.asarray(contour)[:, 0] + 1) // 2) for contour in contours]
    parents = np.asarray(hierarchy)[0, :, 3]
    holes: dict[int, list[Ring]] = {}
    for index, parent in enumerate(parents):
        if parent >= 0:
            holes.setdefault(int(parent), []).append(rings[index])
    return [
        (rings[index], holes.get(index, [])) for index, parent in enumerate(parents) if parent < 0
    ]


def with_bridges(outer: Ring, holes: Sequence[Ring]) -> Ring:
    """One ring out of several: each hole is reached from its left, and left again the same way.

    A bridge begins at the leftmost point of its hole and goes straight to the next edge on the
    left, of the outline or of an earlier hole. So it never leaves the region: programs that draw
    the line of an outline too go at most one pixel over its edge.
    """
    ring = outer
    for hole in sorted(holes, key=lambda hole: float(hole[:, 0].min())):
        start = int(np.lexsort((hole[:, 1], hole[:, 0]))[0])
        hole = np.roll(hole, -start, axis=0)
        x, y = hole[0]
        after = np.roll(ring, -1, axis=0)
        low, high = np.minimum(ring[:, 1], after[:, 1]), np.maximum(ring[:, 1], after[:, 1])
        is_left = (ring[:, 0] == after[:, 0]) & (ring[:, 0] <= x) & (low <= y) & (y <= high)
        edge = int(np.where(is_left, ring[:, 0], -np.inf).argmax())
        ashore = np.array([[ring[edge, 0], y]])
        ring = np.concatenate((ring[: edge + 1], ashore, hole, hole[:1], ashore, ring[edge + 1 :]))
    return ring


def fill(rings: Iterable[Ring], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Pixels of an (H, W) = `size` mask whose centre is inside an odd number of the rings.

    The exact opposite of `outlines`. Points outside the image are clipped.
    """
    height, width = size
    toggles = np.zeros((height, width + 1), np.int32)
    for ring in rings:
        points = np.nan_to_num(np.asarray(ring, np.float64)).clip(-1e6, 1e6)
        for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
            if y0 == y1:
                continue
            if y0 > y1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            first, last = max(0, int(np.ceil(y0 - 0.5))), min(height, int(np.ceil(y1 - 0.5)))
            if first >= last:
                continue
            rows = np.arange(first, last)
            crossings = x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0)
            columns = np.ceil(crossings - 0.5).clip(0, width).astype(int)
            toggles[rows, columns] += 1
    return np.asarray(np.cumsum(toggles, axis=1)[:, :width] % 2 == 1)


def _corners(points: NDArray[Any]) -> Ring:
    """Drop repeated points and those in the middle of a straight line."""
    points = points[np.any(points != np.roll(points, 1, axis=0), axis=1)]
    before = points - np.roll(points, 1, axis=0)
    after = np.roll(points, -1, axis=0) - points
    is_straight = before[:, 0] * after[:, 1] == before[:, 1] * after[:, 0]
    return points[~is_straight].astype(np.float64)
