"""Images for benchmarks at any size: sample images repeated."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.sample import make_sample

LARGE = (1500, 2000)
"""Height and width of a photograph of 3 megapixels."""


def scene(
    height: int, width: int, *, number: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(H, W, 3) uint8 RGB and its truth, (H, W) uint8 with classes 0, 1, 2."""
    sample = make_sample(number)
    rows = -(-height // sample.truth.shape[0])
    columns = -(-width // sample.truth.shape[1])
    image = np.tile(sample.image, (rows, columns, 1))[:height, :width]
    truth = np.tile(sample.truth, (rows, columns))[:height, :width]
    return np.ascontiguousarray(image), np.ascontiguousarray(truth)


def write_scenes(folder: Path, size: tuple[int, int], *, count: int, kind: str) -> list[Path]:
    """Files of scenes of (H, W) = `size`, each another; `kind` is the ending of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        image, _ = scene(*size, number=number % 12)
        path = folder / f"{number:03}.{kind}"
        cv2.imwrite(str(path), cv2.cvtColor(np.roll(image, 37 * number, 1), cv2.COLOR_RGB2BGR))
        paths.append(path)
    return paths
