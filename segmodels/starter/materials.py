"""Materials: what a region of a generated scene is made of, painted anew for every image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Size = tuple[int, int]


@dataclass(frozen=True)
class Material:
    """A colour (RGB, 0..255) that a pattern moves towards `colour + accent`.

    `period` is the pattern's scale in pixels, `angle` its direction in radians, `grain` the
    standard deviation of white noise on top, in grey levels.
    """

    pattern: str
    colour: tuple[float, float, float]
    accent: tuple[float, float, float]
    period: float
    angle: float
    grain: float

    def paint(self, rng: np.random.Generator, size: Size) -> Field:
        """Paint (H, W, 3) float32, about 0..255 (not clipped)."""
        field = PATTERNS[self.pattern](rng, size, self.period, self.angle)
        image = np.empty((*size, 3), np.float32)
        for channel in range(3):
            np.multiply(field, self.accent[channel], out=image[..., channel])
            image[..., channel] += self.colour[channel]
        if self.grain > 0:
            image += (self.grain * rng.standard_normal(size, np.float32))[..., None]
        return image


def sample_material(rng: np.random.Generator) -> Material:
    """Draw a material at random."""
    colour = rng.uniform(20, 235, 3) if rng.random() < 0.6 else np.full(3, rng.uniform(10, 245))
    strength = rng.choice([5.0, 12.0, 25.0, 50.0])
    tint = rng.normal(size=3) if rng.random() < 0.5 else np.full(3, rng.choice([-1.0, 1.0]))
    accent = strength * tint / (np.abs(tint).max() + 1e-6)
    return Material(
        pattern=str(rng.choice(list(PATTERNS))),
        colour=(float(colour[0]), float(colour[1]), float(colour[2])),
        accent=(float(accent[0]), float(accent[1]), float(accent[2])),
        period=float(np.exp(rng.uniform(np.log(2.5), np.log(40)))),
        angle=float(rng.uniform(0, np.pi)),
        grain=float(rng.choice([0.0, 2.0, 6.0, 12.0])),
    )


def sample_materials(rng: np.random.Generator, count: int) -> list[Material]:
    """Draw `count` materials that are often alike in colour, so that colour alone tells little."""
    first = sample_material(rng)
    closeness = rng.choice([0.2, 0.4, 0.7, 1.0])
    materials = [first]
    while len(materials) < count:
        other = sample_material(rng)
        mixed = closeness * np.array(other.colour) + (1 - closeness) * np.array(first.colour)
        other = replace(other, colour=(float(mixed[0]), float(mixed[1]), float(mixed[2])))
        if rng.random() < 0.4:
            # Only the colour tells them apart: as in most micrographs and X-rays.
            other = replace(other, pattern=first.pattern, period=first.period, angle=first.angle)
            other = replace(other, accent=first.accent, grain=first.grain)
        materials.append(other)
    return materials


def smooth_noise(rng: np.random.Generator, size: Size, cell: float) -> Field:
    """Give (H, W) float32 noise of about unit variance whose bumps are `cell` pixels wide."""
    height, width = size
    grid = (max(2, round(height / cell) + 1), max(2, round(width / cell) + 1))
    coarse = rng.standard_normal(grid, np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def clouds(rng: np.random.Generator, size: Size, cell: float) -> Field:
    """Give (H, W) float32 fractal noise of about unit variance, coarsest bumps `cell` wide."""
    field = smooth_noise(rng, size, cell)
    for octave in range(1, 4):
        if cell / 2**octave < 1.5:
            break
        field += smooth_noise(rng, size, cell / 2**octave) * np.float32(0.6**octave)
    return field * np.float32(0.8)


def coordinates(size: Size, angle: float) -> tuple[Field, Field]:
    """Give the two (H, W) coordinates, in pixels, of a frame turned by `angle` radians."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return x * cosine + y * sine, y * cosine - x * sine


def _flat(rng: np.random.Generator, size: Size, period: float, angle: float) -> Field:
    return np.full(size, rng.normal(0, 0.1), np.float32)


def _clouds(rng: np.random.Generator, size: Size, period: float, angle: float) -> Field:
    return clouds(rng, size, period) * np.float32(0.6)


def _grating(rng: np.random.Generator, size: Size, period: float, angle: float) -> Field:
    along, _ = coordinates(size, angle)
    bent = along + smooth_noise(rng, size, 40) * np.float32(0.15 * period)
    return np.sin(bent * np.float32(2 * np.pi / max(period, 3)) + np.float32(rng.uniform(0, 6)))


def _checks(rng: np.random.Generator, size: Size, period: float, angle: float) -> Field:
    along, across = coordinates(size, angle)
    wave = np.float32(2 * np.pi / max(period, 4))
    return np.sign(np.sin(along * wave + np.float32(1))) * np.sign(np.sin(across * wave))


def _bricks(rng: np.random.Generator, size: Size, period: float, angle: float) -> Field:
    along, across = coordinates(size, angle)
    row = np.floor(across / max(period, 5))
    joint = np.minimum(
        np.mod(across, max(period, 5)), np.mod(along + row * period * 0.9, 2 * max(period, 5))
    )
    return np.where(joint < 1.5, np.float32(1), np.float32(-0.2)).astype(np.float32)


def _spots(rng: np.random.Generator, size: Size, period: float, angle: float) -> Field:
    return np.tanh(3 * (smooth_noise(rng, size, max(3, period / 2)) - np.float32(0.8)))


def _veins(rng: np.random.Generator, size: Size, period: float, angle: float) -> Field:
    return np.maximum(0, 1 - 4 * np.abs(smooth_noise(rng, size, max(5, period))))


def _streaks(rng: np.random.Generator, size: Size, period: float, angle: float) -> Field:
    height, width = size
    side = int(np.hypot(height, width)) + 2
    field = cv2.resize(
        rng.standard_normal(
            (max(2, int(side / max(2, period / 4))), max(2, side // 40)), np.float32
        ),
        (side, side),
        interpolation=cv2.INTER_LINEAR,
    )
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(np.degrees(angle)), 1.0)
    turn[0, 2] += width / 2 - side / 2
    turn[1, 2] += height / 2 - side / 2
    return np.asarray(cv2.warpAffine(field, turn, (width, height), borderMode=cv2.BORDER_REFLECT))


def _grain(rng: np.random.Generator, size: Size, period: float, angle: float) -> Field:
    noise = rng.standard_normal(size, np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.5 + min(period, 10) / 8)) * np.float32(2)


PATTERNS: dict[str, Callable[[np.random.Generator, Size, float, float], Field]] = {
    "flat": _flat,
    "clouds": _clouds,
    "grating": _grating,
    "checks": _checks,
    "bricks": _bricks,
    "spots": _spots,
    "veins": _veins,
    "streaks": _streaks,
    "grain": _grain,
}
