"""Where in an image the model is least sure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from segmodels.prediction import UNLABELLED, Labels
from segmodels.tiles import Box

_CELLS = 12
_SMALLEST, _LARGEST = 24, 320
_SURE = 0.03


def doubtful_regions(
    confidence: NDArray[np.uint8], labels: Labels, *, count: int = 24
) -> list[Box]:
    """Give square regions (cut at the border) by their mean doubt, the most doubtful first.

    `confidence` (H, W) uint8, 255 = sure; labelled pixels are beyond doubt. Regions overlap by
    less than half of their side; those with hardly any doubt are left out.
    """
    height, width = labels.shape
    side = int(np.clip(max(height, width) // 8, _SMALLEST, _LARGEST))
    step = max(1, side // _CELLS)
    doubt = np.where(labels == UNLABELLED, 255 - confidence, 0).astype(np.float32)
    small = _mean_of_blocks(doubt, step)
    cells = -(-side // step)
    means = cv2.blur(small, (cells, cells), borderType=cv2.BORDER_CONSTANT)
    regions: list[Box] = []
    while len(regions) < count:
        row, column = np.unravel_index(int(means.argmax()), means.shape)
        if means[row, column] < _SURE * 255:
            break
        middle = (int(column) + 0.5) * step, (int(row) + 0.5) * step
        regions.append(_box_around(*middle, side, width, height))
        reach = cells // 2
        means[
            max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1
        ] = 0
    return regions


def _mean_of_blocks(values: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Shrink to blocks of `step` pixels; what lies beyond the border counts as 0."""
    height, width = values.shape
    padded = np.pad(values, ((0, -height % step), (0, -width % step)))
    rows, columns = padded.shape[0] // step, padded.shape[1] // step
    return padded.reshape(rows, step, columns, step).mean(axis=(1, 3))


def _box_around(x: float, y: float, side: int, width: int, height: int) -> Box:
    x0 = max(0, min(round(x - side / 2), width - side))
    y0 = max(0, min(round(y - side / 2), height - side))
    return Box(x0, y0, min(width, x0 + side), min(height, y0 + side))
