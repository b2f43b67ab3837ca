"""Bright or dark pixels of a part of an image: by a level, Otsu's level, or the local mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

_SAMPLE = 1_000_000


class Cut(Enum):
    """Where the line between bright and dark is drawn."""

    OTSU = "otsu"
    MANUAL = "manual"
    ADAPTIVE = "adaptive"


@dataclass(frozen=True)
class ThresholdRule:
    """`level` 0..255 is that of a manual cut: pixels above it are bright.

    An adaptive cut compares with the mean of the `window` pixels around, and asks for a difference
    of `offset` grey values at least.
    """

    cut: Cut = Cut.OTSU
    level: int = 128
    takes_dark: bool = False
    window: int = 51
    offset: int = 5


def grey_of(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The luminance (h, w) uint8 of (h, w, 3) uint8 RGB."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY), np.uint8)


def histogram(grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each of the 256 values occurs, in about a million pixels of the part at most."""
    step = max(1, int((grey.size / _SAMPLE) ** 0.5))
    return np.bincount(grey[::step, ::step].reshape(-1), minlength=256)


def otsu_level(counts: NDArray[np.int64]) -> int:
    """The level that parts a histogram best: the greatest variance between (Otsu 1979)."""
    values = np.arange(256)
    below, total = np.cumsum(counts), counts.sum()
    mass = np.cumsum(counts * values)
    above = total - below
    is_split = (below > 0) & (above > 0)
    if not is_split.any():
        return int(values[counts > 0].max(initial=0))
    means = mass / np.maximum(below, 1), (mass[-1] - mass) / np.maximum(above, 1)
    between = np.where(is_split, below * above * (means[0] - means[1]) ** 2.0, -1.0)
    return int(between.argmax())


def cut(grey: NDArray[np.uint8], rule: ThresholdRule, *, level: int) -> NDArray[np.bool_]:
    """True for the wanted pixels of an (h, w) uint8 part; `level` for cuts that have one."""
    if rule.cut is not Cut.ADAPTIVE:
        return grey <= level if rule.takes_dark else grey > level
    side = max(3, rule.window | 1)
    mean = cv2.boxFilter(grey, cv2.CV_32F, (side, side), borderType=cv2.BORDER_REFLECT_101)
    difference = mean - grey if rule.takes_dark else grey - mean
    return np.asarray(difference > rule.offset)
