"""A picture of masks over their images, before and after, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

_GAP = 8
_HEAD = 26


def before_and_after(
    rows: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]],
    colours: NDArray[np.uint8],
    titles: tuple[str, str],
) -> NDArray[np.uint8]:
    """One row a triple of image (H, W, 3) RGB and two masks (H, W), all rows of one size.

    `colours` (256, 3) uint8 by class id; the titles are ASCII. Gives (H', W', 3) uint8 RGB.
    """
    pictures = [
        (over(image, before, colours), over(image, after, colours)) for image, before, after in rows
    ]
    height, width = pictures[0][0].shape[:2]
    sheet = np.full((_HEAD + len(rows) * (height + _GAP), 2 * width + 3 * _GAP, 3), 255, np.uint8)
    for column, title in enumerate(titles):
        left = _GAP + column * (width + _GAP)
        cv2.putText(
            sheet, title, (left, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1, cv2.LINE_AA
        )
        for row, pair in enumerate(pictures):
            top = _HEAD + row * (height + _GAP)
            sheet[top : top + height, left : left + width] = pair[column]
    return sheet


def over(
    image: NDArray[np.uint8], mask: NDArray[np.uint8], colours: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The mask over its image: class 0 clear, the others tinted, each class with an outline."""
    tint = colours[mask]
    share = np.where(mask == 0, 0.0, 0.35)[..., None]
    edge = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    share[edge] = 1.0
    # At an edge the background has no colour of its own: the class beside it draws the line.
    tint[edge] = colours[cv2.dilate(mask, np.ones((3, 3), np.uint8))[edge]]
    return np.rint(image * (1 - share) + tint * share).astype(np.uint8)
