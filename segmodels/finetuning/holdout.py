"""Which labelled pixels are kept from training, to judge networks by."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmodels.prediction import UNLABELLED, Labels
from segmodels.samples import Sample

Grouping = Callable[[str], str]
"""From an image's key to what it belongs to, as a patient: a group is held out whole."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Which square cells of each image are held out: by key, (rows, columns) bool of cells."""

    cell: int
    cells: dict[str, NDArray[np.bool_]]

    def chosen(self, sample: Sample) -> NDArray[np.bool_]:
        """Give which of a sample's chosen pixels are held out, (n,) bool."""
        rows, columns = _cells_of(sample, self.cell)
        return self.cells[sample.key][rows, columns]

    def without(self, sample: Sample) -> Labels:
        """Give a copy of a sample's labels in which what is held out is unlabelled."""
        height, width = sample.shape
        cells = self.cells[sample.key]
        mask = cells.repeat(self.cell, axis=0)[:height].repeat(self.cell, axis=1)[:, :width]
        return np.where(mask, np.uint8(UNLABELLED), sample.labels)


def hold_out(
    samples: Iterable[Sample],
    *,
    share: float,
    cell: int,
    groups_for_split: int,
    images_for_split: int,
    grouping: Grouping = str,
) -> HeldOut:
    """Choose some `share` of what is labelled.

    With `groups_for_split` named groups and more, whole groups are held out; else with
    `images_for_split` images and more, whole images; else cells of `cell` pixels of every image. So
    with fewer groups the images of one group may be on both sides.

    The choice depends on names and places, so that what was held out once is held out for good, but
    for three things: more images or groups may change what is split; of whole groups or images at
    least one is held out, whichever comes first; and a class of which less than half could be
    learned is given back.
    """
    samples = list(samples)
    units = units_of(
        [sample.key for sample in samples],
        grouping,
        groups=groups_for_split,
        images=images_for_split,
    )
    if units is None:
        held_out = HeldOut(cell, {one.key: _cells_out(one, share, cell) for one in samples})
        _give_back_lost_classes(samples, held_out)
        return held_out
    out = _units_out(samples, units, share)
    cells = {one.key: np.full(_grid(one, cell), units[one.key] in out) for one in samples}
    return HeldOut(cell, cells)


def units_of(
    keys: Sequence[str], grouping: Grouping, *, groups: int, images: int
) -> dict[str, str] | None:
    """Name for each image what is to stay on one side of a split: its group, or itself.

    Its group when there are so many `groups` and somebody named them (without a grouping each
    image is its own), itself when there are so many `images`. None: there are too few to split by.
    """
    named = {key: grouping(key) for key in keys}
    if any(key != name for key, name in named.items()) and len(set(named.values())) >= groups:
        return named
    return {key: key for key in keys} if len(keys) >= images else None


def _units_out(samples: Sequence[Sample], units: Mapping[str, str], share: float) -> set[str]:
    """Choose groups or images by a draw of their names: at least one, and never all.

    No class loses more than half of its pixels; if there is none that can be spared, the one is
    chosen that takes the least, and none when each has a class of its own.
    """
    counts: dict[str, NDArray[np.int64]] = {}
    for sample in samples:
        own = np.bincount(sample.chosen_labels, minlength=256)
        counts[units[sample.key]] = counts.get(units[sample.key], 0) + own
    total = np.maximum(sum(counts.values()), 1)
    lost = np.zeros(256, np.int64)
    out: set[str] = set()
    for name in sorted(counts, key=_draw):
        if out and _draw(name) >= share:
            break
        if (2 * (lost + counts[name]) <= total).all():
            lost += counts[name]
            out.add(name)
    if not out:
        worst = {name: float((counts[name] / total).max()) for name in sorted(counts, key=_draw)}
        least = min(worst, key=lambda name: worst[name])
        out = {least} if worst[least] < 1 else set()
    return out


def _cells_out(sample: Sample, share: float, cell: int) -> NDArray[np.bool_]:
    seed = zlib.crc32(sample.key.encode())
    return np.random.default_rng(seed).random(_grid(sample, cell)) < share


def _grid(sample: Sample, cell: int) -> tuple[int, int]:
    height, width = sample.shape
    return -(-height // cell), -(-width // cell)


def _give_back_lost_classes(samples: list[Sample], held_out: HeldOut) -> None:
    for value in sorted({value for sample in samples for value in sample.classes}):
        out = [held_out.chosen(sample)[sample.chosen_labels == value] for sample in samples]
        if np.concatenate(out).mean() <= 0.5:
            continue
        for sample in samples:
            rows, columns = _cells_of(sample, held_out.cell)
            own = sample.chosen_labels == value
            held_out.cells[sample.key][rows[own], columns[own]] = False


def _cells_of(sample: Sample, cell: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, columns = np.divmod(sample.chosen, sample.shape[1])
    return rows // cell, columns // cell


def _draw(name: str) -> float:
    """Give a number 0..1 that depends on the name alone."""
    return zlib.crc32(name.encode()) / 2**32
