"""Shapes that the scene families draw: wobbly blobs, polygons, branching curves, warps."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.starter.materials import Field, Size, smooth_noise

Parts = NDArray[np.uint8]
Points = NDArray[np.float32]


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw from low..high, every octave as likely as the next."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def scattered(
    rng: np.random.Generator, size: Size, *, count: int, gap: float, tries: int = 6
) -> list[tuple[float, float]]:
    """Draw up to `count` centres (x, y) that keep `gap` pixels from each other."""
    centres: list[tuple[float, float]] = []
    candidates = rng.uniform((0, 0), (size[1], size[0]), (count * tries, 2))
    kept = np.empty((0, 2))
    for candidate in candidates:
        if len(centres) >= count:
            break
        if len(kept) == 0 or float(((kept - candidate) ** 2).sum(1).min()) >= gap * gap:
            kept = np.vstack([kept, candidate])
            centres.append((float(candidate[0]), float(candidate[1])))
    return centres


def blob(
    rng: np.random.Generator,
    centre: tuple[float, float],
    radius: float,
    *,
    stretch: float = 1.0,
    wobble: float = 0.1,
    angle: float | None = None,
) -> Points:
    """Give the outline (32, 2) of a closed smooth blob; `stretch` is its aspect ratio."""
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    reach = np.ones(32)
    for wave in range(2, 6):
        reach += wobble * rng.normal() / wave * np.cos(wave * turn + rng.uniform(0, 6.3))
    x = radius * reach * np.cos(turn) * np.sqrt(stretch)
    y = radius * reach * np.sin(turn) / np.sqrt(stretch)
    lean = rng.uniform(0, np.pi) if angle is None else angle
    cosine, sine = np.cos(lean), np.sin(lean)
    return np.stack(
        [centre[0] + x * cosine - y * sine, centre[1] + x * sine + y * cosine], 1
    ).astype(np.float32)


def polygon(
    rng: np.random.Generator, centre: tuple[float, float], radius: float, *, corners: int
) -> Points:
    """Give the outline (corners, 2) of a polygon with corners at random angles."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(0, 6.3)
    turn += rng.uniform(-0.3, 0.3, corners) * 2 * np.pi / corners
    reach = radius * rng.uniform(0.7, 1.2, corners)
    return np.stack([centre[0] + reach * np.cos(turn), centre[1] + reach * np.sin(turn)], 1).astype(
        np.float32
    )


def fill(parts: Parts, outline: Points, value: int) -> None:
    """Fill the closed outline (n, 2) of x, y with `value`, in place."""
    cv2.fillPoly(parts, [np.round(outline).astype(np.int32)], value)


def trace(parts: Parts, line: Points, value: int, *, width: int, closed: bool = False) -> None:
    """Draw a line (n, 2) of x, y, `width` pixels wide, in place."""
    cv2.polylines(parts, [np.round(line).astype(np.int32)], closed, value, max(1, width))


def walk(
    rng: np.random.Generator,
    start: tuple[float, float],
    heading: float,
    *,
    length: float,
    bend: float,
    step: float = 4.0,
) -> Points:
    """Give a wandering line (n, 2); `bend` is the turn in radians per step."""
    count = max(2, int(length / step))
    turns = heading + np.cumsum(rng.normal(0, bend, count))
    moves = step * np.stack([np.cos(turns), np.sin(turns)], 1)
    return (np.array(start) + np.cumsum(moves, 0)).astype(np.float32)


def tree(
    rng: np.random.Generator,
    start: tuple[float, float],
    heading: float,
    *,
    length: float,
    bend: float,
    branches: float,
) -> list[tuple[Points, float]]:
    """Give lines with their share of the trunk's width; `branches` is how many a line has."""
    trunk = walk(rng, start, heading, length=length, bend=bend)
    lines = [(trunk, 1.0)]
    for _ in range(int(rng.poisson(branches))):
        at = trunk[int(rng.integers(len(trunk)))]
        side = heading + rng.choice([-1, 1]) * rng.uniform(0.4, 1.3)
        twig = walk(
            rng,
            (float(at[0]), float(at[1])),
            side,
            length=length * rng.uniform(0.2, 0.6),
            bend=bend,
        )
        lines.append((twig, 0.6))
    return lines


def warp(rng: np.random.Generator, parts: Parts, *, amplitude: float, cell: float) -> Parts:
    """Bend a part map by smooth noise of `amplitude` pixels; nothing new appears."""
    size = (parts.shape[0], parts.shape[1])
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    x += smooth_noise(rng, size, cell) * np.float32(amplitude)
    y += smooth_noise(rng, size, cell) * np.float32(amplitude)
    bent = cv2.remap(parts, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, np.uint8)


def trace_gain(gain: Field, line: Points, value: float, *, width: int) -> None:
    """Draw a line (n, 2) of x, y into a float32 map, in place."""
    cv2.polylines(gain, [np.round(line).astype(np.int32)], False, value, max(1, width))
