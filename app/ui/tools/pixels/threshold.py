"""Bright or dark parts of a box, split by Otsu's threshold (Otsu 1979)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def split(part: NDArray[np.uint8], *, takes_dark: bool) -> NDArray[np.bool_]:
    """True for the brighter (or darker) pixels of an (h, w, 3) uint8 RGB part."""
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
    kind = cv2.THRESH_BINARY_INV if takes_dark else cv2.THRESH_BINARY
    _, mask = cv2.threshold(grey, 0, 1, kind | cv2.THRESH_OTSU)
    return np.asarray(mask, np.uint8).view(np.bool_)
