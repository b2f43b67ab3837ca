"""COCO's run-length encoding: column by column, the first run counts zeros; plain or packed.

The packing is that of the COCO API (maskApi.c): 5 bits a character, differences to two runs before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def runs_of(mask: NDArray[np.bool_]) -> list[int]:
    """The lengths of the runs of a bool (H, W) mask."""
    pixels = mask.ravel(order="F")
    changes = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    edges = np.concatenate(([0], changes, [pixels.size]))
    runs: list[int] = np.diff(edges).tolist()
    return [0, *runs] if pixels.size and pixels[0] else runs


def mask_of(runs: Sequence[int], size: tuple[int, int]) -> NDArray[np.bool_]:
    """The bool (H, W) = `size` mask. Raises `ValueError` when the runs do not fill it exactly."""
    height, width = size
    lengths = np.asarray(runs, np.int64)
    if (lengths < 0).any() or int(lengths.sum()) != height * width:
        raise ValueError("the runs do not fill the image")
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(size, order="F")


def packed(runs: Sequence[int]) -> str:
    """Runs as the COCO API's short string."""
    characters = []
    for index, run in enumerate(runs):
        rest = run - runs[index - 2] if index > 2 else run
        while True:
            bits = rest & 0x1F
            rest >>= 5
            is_last = rest == (-1 if bits & 0x10 else 0)
            characters.append(chr((bits if is_last else bits | 0x20) + 48))
            if is_last:
                break
    return "".join(characters)


def unpacked(text: str) -> list[int]:
    """The opposite of `packed`. Raises `ValueError` for a damaged string."""
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise ValueError("the run-length string is damaged")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("the run-length string is damaged")
    return runs
