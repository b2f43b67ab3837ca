"""Where a round brush fits: connected regions, their room, and paths along their ridges."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Point = tuple[int, int]  # x, y in pixels
Room = NDArray[np.floating]  # the distance of each pixel to where its region ends

_HEADINGS = [(math.cos(math.tau * k / 16), math.sin(math.tau * k / 16)) for k in range(16)]


@dataclass(frozen=True, eq=False)
class Region:
    """A connected region: its mask, (h, w) uint8 of 0 and 1, cut out at x, y of the image."""

    x: int
    y: int
    area: int
    mask: NDArray[np.uint8]

    def room(self) -> Room:
        """(h, w): how far each pixel is from the nearest one outside; the image ends it too."""
        padded = np.pad(self.mask, 1)
        room = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        return cast(Room, room[1:-1, 1:-1])

    def in_image(self, path: list[Point]) -> tuple[Point, ...]:
        """Pixels of the cut-out as pixels of the image."""
        return tuple((x + self.x, y + self.y) for x, y in path)


def find_regions(mask: NDArray[np.bool_]) -> list[Region]:
    """The 8-connected regions of `mask`, (H, W)."""
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    regions = []
    for number in range(1, count):
        x, y, width, height, area = (int(value) for value in stats[number])
        cut = numbers[y : y + height, x : x + width] == number
        regions.append(Region(x, y, area, cut.astype(np.uint8)))
    return regions


def walk_ridge(room: Room, radius: int, longest: float, start: Point) -> list[Point]:
    """A path through `start` along the ridge of `room`, on which a disc of `radius` has space.

    Radius 0 asks for one pixel. The path is about `longest` pixels long, or less.
    """
    step = max(1, radius // 2)
    needed = _needed(radius)
    reach = longest / 2
    runs = [_free_steps(room, start, heading, step, needed, reach) for heading in _HEADINGS]
    half = len(_HEADINGS) // 2
    best = max(range(half), key=lambda k: runs[k] + runs[k + half])
    ahead = _walk(room, start, _HEADINGS[best], step, needed, reach, {start})
    back = _walk(room, start, _HEADINGS[best + half], step, needed, reach, {start, *ahead})
    return [*reversed(back), start, *ahead]


def roomiest(room: Room) -> Point:
    """The middle one of the pixels with most room."""
    ys, xs = np.nonzero(room >= 0.95 * room.max())
    nearest = int(((ys - ys.mean()) ** 2 + (xs - xs.mean()) ** 2).argmin())
    return int(xs[nearest]), int(ys[nearest])


def any_place(room: Room, radius: int, random: np.random.Generator) -> Point:
    """Some pixel where a disc of `radius` has space; the roomiest if there is none."""
    ys, xs = np.nonzero(room > _needed(radius))
    if len(xs) == 0:
        return roomiest(room)
    chosen = int(random.integers(len(xs)))
    return int(xs[chosen]), int(ys[chosen])


def _needed(radius: int) -> float:
    """The room for a disc at every point of a way, also half a step from its corners."""
    return radius + 0.5 * max(1, radius // 2) + 0.5 if radius else 0.5


def _space(room: Room, x: int, y: int) -> float:
    inside = 0 <= y < room.shape[0] and 0 <= x < room.shape[1]
    return float(room[y, x]) if inside else 0.0


def _free_steps(
    room: Room,
    start: Point,
    heading: tuple[float, float],
    step: int,
    needed: float,
    longest: float,
) -> int:
    """How many steps straight ahead have space."""
    for count in range(1, int(longest / step) + 1):
        x, y = (round(start[k] + count * step * heading[k]) for k in (0, 1))
        if _space(room, x, y) <= needed:
            return count - 1
    return int(longest / step)


def _walk(
    room: Room,
    start: Point,
    heading: tuple[float, float],
    step: int,
    needed: float,
    longest: float,
    taken: set[Point],
) -> list[Point]:
    """Steps to where there is most room, rather straight, never turning by more than 60 degrees."""
    seen = set(taken)
    path: list[Point] = []
    at, length = start, 0.0
    while length < longest:
        best, best_worth = None, -math.inf
        for dx, dy in _HEADINGS:
            straightness = dx * heading[0] + dy * heading[1]
            point = (round(at[0] + dx * step), round(at[1] + dy * step))
            space = _space(room, *point)
            if straightness < 0.5 or point in seen or point == at or space <= needed:
                continue
            if space + 0.3 * step * straightness > best_worth:
                best, best_worth = point, space + 0.3 * step * straightness
        if best is None:
            break
        moved = math.dist(at, best)
        heading = ((best[0] - at[0]) / moved, (best[1] - at[1]) / moved)
        length += moved
        path.append(best)
        seen.add(best)
        at = best
    return path
