"""Sample images with known truth: round cells with nuclei under a microscope's uneven light."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.files import write_aside, write_label_png

SAMPLE_CLASSES = ("background", "cell", "nucleus")
HEIGHT, WIDTH = 384, 512


@dataclass(frozen=True, eq=False)
class SampleImage:
    """`image` (H, W, 3) uint8 RGB; `truth` (H, W) uint8, ids of SAMPLE_CLASSES."""

    name: str
    image: NDArray[np.uint8]
    truth: NDArray[np.uint8]


def write_samples(folder: Path, *, count: int = 12, seed: int = 0) -> tuple[Path, Path]:
    """Write `folder`/images and `folder`/truth with PNGs of the same names; the two folders."""
    images, truth = folder / "images", folder / "truth"
    images.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        sample = make_sample(number, seed=seed)
        _, png = cv2.imencode(".png", cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR))
        write_aside(images / sample.name, png.tobytes())
        write_label_png(truth / sample.name, sample.truth)
    return images, truth


def make_sample(number: int, *, seed: int = 0) -> SampleImage:
    """One image of the series; the same number and seed give the same pixels."""
    random = np.random.default_rng((seed, number))
    truth = np.zeros((HEIGHT, WIDTH), np.uint8)
    scene = _medium(random)
    for x, y, radius in _places(random):
        _add_cell(scene, truth, x, y, radius, random)
    return SampleImage(f"cells_{number + 1:02}.png", _photograph(scene, random), truth)


def _medium(random: np.random.Generator) -> NDArray[np.float32]:
    """Pale stained liquid with soft clouds and some specks, RGB 0..1."""
    colour = np.array([0.90, 0.86, 0.89], np.float32) + random.normal(0, 0.015, 3)
    clouds = _noise(random, (HEIGHT, WIDTH), 40)[..., None] * np.array([0.03, 0.04, 0.02])
    image = (colour + clouds).astype(np.float32)
    for _ in range(int(random.integers(8, 25))):
        x, y = int(random.integers(WIDTH)), int(random.integers(HEIGHT))
        shade = float(random.uniform(0.75, 0.93))
        cv2.circle(image, (x, y), int(random.integers(1, 3)), (shade,) * 3, -1, cv2.LINE_AA)
    return image


def _places(random: np.random.Generator) -> list[tuple[float, float, float]]:
    """x, y, radius of cells, some of which touch and overlap a little."""
    places: list[tuple[float, float, float]] = []
    wanted = int(random.integers(14, 26))
    for _ in range(wanted * 8):
        x, y = random.uniform(0, WIDTH), random.uniform(0, HEIGHT)
        radius = random.uniform(19, 38)
        if all(np.hypot(x - a, y - b) > 0.88 * (radius + r) for a, b, r in places):
            places.append((x, y, radius))
        if len(places) == wanted:
            break
    return places


def _add_cell(
    whole_image: NDArray[np.float32],
    whole_truth: NDArray[np.uint8],
    x: float,
    y: float,
    radius: float,
    random: np.random.Generator,
) -> None:
    reach = int(1.5 * radius) + 4
    left, top = max(0, int(x) - reach), max(0, int(y) - reach)
    near = np.s_[top : int(y) + reach, left : int(x) + reach]
    image, truth = whole_image[near], whole_truth[near]
    x, y = x - left, y - top

    body = _blob(truth.shape, x, y, radius, random)
    share = random.uniform(0.38, 0.6)
    drift = random.uniform(-0.5, 0.5, 2) * (1 - share) * radius
    nucleus = _blob(truth.shape, x + drift[0], y + drift[1], share * radius, random) & body
    truth[body] = 1
    truth[nucleus] = 2
    tint = np.array([0.80, 0.62, 0.78]) + random.normal(0, 0.03, 3)
    dark = np.array([0.42, 0.25, 0.56]) + random.normal(0, 0.04, 3)
    grain = _noise(random, truth.shape, 5)[..., None] * 0.05
    chromatin = _noise(random, truth.shape, 3)[..., None] * 0.10
    rim = cv2.distanceTransform(body.astype(np.uint8), cv2.DIST_L2, 3)[..., None]
    _blend(image, body, tint + grain - 0.10 * np.exp(-rim / 3), 0.85)
    _blend(image, nucleus, dark + chromatin, 0.9)


def _blob(
    shape: tuple[int, ...], x: float, y: float, radius: float, random: np.random.Generator
) -> NDArray[np.bool_]:
    """A round shape whose rim waves a little."""
    ys, xs = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    angle = np.arctan2(ys - y, xs - x)
    rim = np.ones_like(angle)
    for waves in (2, 3, 5):
        rim += random.normal(0, 0.09 / waves) * np.cos(waves * angle + random.uniform(0, 6.3))
    return np.hypot(xs - x, ys - y) < radius * rim


def _blend(
    image: NDArray[np.float32], mask: NDArray[np.bool_], paint: NDArray[np.floating], share: float
) -> None:
    """Lay colour over the image where the mask is, with a soft edge."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)[..., None] * share
    image *= 1 - soft
    image += (soft * paint).astype(np.float32)


def _photograph(image: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.uint8]:
    """Uneven light, a cast of colour, a little blur and noise; uint8."""
    ys, xs = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    cx, cy = random.uniform(-0.6, 0.6, 2)
    light = 1 - random.uniform(0.1, 0.45) * ((xs - cx) ** 2 + (ys - cy) ** 2) / 2
    cast = 1 + random.normal(0, 0.03, 3)
    lit = image * light[..., None] * cast * random.uniform(0.85, 1.05)
    blurred = cv2.GaussianBlur(lit, (0, 0), random.uniform(0.5, 1.0))
    noisy = blurred + random.normal(0, random.uniform(0.006, 0.02), blurred.shape)
    return np.rint(np.clip(noisy, 0, 1) * 255).astype(np.uint8)


def _noise(
    random: np.random.Generator, shape: tuple[int, ...], scale: float
) -> NDArray[np.float32]:
    """Smooth noise of that grain in pixels, of mean 0 and deviation 1."""
    height, width = shape
    small = random.normal(size=(int(height / scale) + 2, int(width / scale) + 2))
    large = cv2.resize(small.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return (large - large.mean()) / large.std()
