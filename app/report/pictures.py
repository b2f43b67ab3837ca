"""Pictures for the report: image, prediction, truth and mistakes beside each other."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.cli.overlay import over
from app.document.classes import UNLABELLED

Pixels = NDArray[np.uint8]

LONG_SIDE = 300
_GAP = 6
_MISTAKE = (230, 40, 40)


def side_by_side(image: Pixels, truth: Pixels, predicted: Pixels, colours: Pixels) -> Pixels:
    """Four pictures in a row, (H', W', 3) uint8 RGB: image, prediction, truth, mistakes in red.

    `image` (H, W, 3) RGB, `truth` and `predicted` (H, W) uint8, `colours` (256, 3) by id.
    """
    height, width = truth.shape
    scale = min(1.0, LONG_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size[0] < LONG_SIDE / 2 and size[1] < LONG_SIDE / 2:  # very small images can be seen too
        size = size[0] * 2, size[1] * 2
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    wrong = ((truth != predicted) & (truth != UNLABELLED)).astype(np.uint8)
    # A thin mistake must not get lost in shrinking: any wrong pixel of a block shows.
    wrong = (cv2.resize(255 * wrong, size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    masks = [
        cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
        for mask in (predicted, truth)
    ]
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    mistakes = (grey // 2 + 100).astype(np.uint8)
    mistakes[wrong > 0] = _MISTAKE
    gap = np.full((size[1], _GAP, 3), 255, np.uint8)
    parts = [image, *(_masked(image, mask, colours) for mask in masks), mistakes]
    row = [part for picture in parts for part in (picture, gap)][:-1]
    return np.ascontiguousarray(np.concatenate(row, axis=1))


def as_jpeg(picture: Pixels) -> bytes:
    """Encode (H, W, 3) uint8 RGB."""
    _, data = cv2.imencode(".jpg", picture[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, 85))
    return data.tobytes()


def _masked(image: Pixels, mask: Pixels, colours: Pixels) -> Pixels:
    """The mask over the image; where there is none, the image as it is."""
    shown = over(image, np.where(mask == UNLABELLED, 0, mask).astype(np.uint8), colours)
    return np.where((mask == UNLABELLED)[..., None], image, shown).astype(np.uint8)
