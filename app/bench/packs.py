"""Packs of finished images for the learner's benchmark: from a folder, or generated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.bench.frame import CannotMeasure
from app.cli.truth import TruthFolder, finished_names, load_finished, shrunk
from app.sample import make_sample
from segmodels.simulation import FinishedImage


@dataclass(frozen=True)
class Pack:
    """Images of one kind; `folder` holds images/ and masks/, None = the generated cells."""

    name: str
    folder: Path | None

    def draw(
        self, *, painted: int, others: int, seed: int, long_side: int
    ) -> tuple[list[FinishedImage], list[FinishedImage]]:
        """Images to paint and others to score on, chosen by `seed`, no image in both."""
        if self.folder is None:
            return _generated(painted, others, seed, long_side)
        truth = TruthFolder(self.folder / "masks")
        names = finished_names(self.folder / "images", truth)
        order = np.random.default_rng(seed).permutation(len(names))[: painted + others]
        images = [
            load_finished(self.folder / "images", truth, names[k], long_side=long_side)
            for k in order
        ]
        return images[:painted], images[painted:]


def find_packs(folder: Path | None) -> list[Pack]:
    """The packs in a folder, in order of name; the generated one when no folder is given."""
    if folder is None:
        return [Pack("cells (generated)", None)]
    packs = [
        Pack(path.name, path)
        for path in sorted(folder.iterdir())
        if (path / "images").is_dir() and (path / "masks").is_dir()
    ]
    if not packs:
        raise CannotMeasure(f"There is no folder with images/ and masks/ in {folder}.")
    return packs


def _generated(
    painted: int, others: int, seed: int, long_side: int
) -> tuple[list[FinishedImage], list[FinishedImage]]:
    samples = [make_sample(number, seed=seed) for number in range(painted + others)]
    images = [
        shrunk(FinishedImage(sample.name, sample.image, sample.truth), long_side)
        for sample in samples
    ]
    return images[:painted], images[painted:]
