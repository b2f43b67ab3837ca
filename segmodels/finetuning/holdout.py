"""Which labelled pixels are kept from training, to judge networks by."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
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
    images_for_split_by_image: int,
    grouping: Grouping = str,
) -> HeldOut:
    """Choose some `share` of what is labelled.

    With many groups of images whole groups are held out, else cells of `cell` pixels of every
    image. The choice depends on names and places only, so that a pixel that was held out once is
    held out for good; but a class of which less than half could be learned is given back.
    """
    samples = list(samples)
    is_by_image = len({grouping(sample.key) for sample in samples}) >= images_for_split_by_image
    cells = {}
    for sample in samples:
        height, width = sample.shape
        shape = (-(-height // cell), -(-width // cell))
        if is_by_image:
            cells[sample.key] = np.full(shape, _draw(grouping(sample.key)) < share)
        else:
            seed = zlib.crc32(sample.key.encode())
            cells[sample.key] = np.random.default_rng(seed).random(shape) < share
    held_out = HeldOut(cell, cells)
    _give_back_lost_classes(samples, held_out)
    return held_out


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
