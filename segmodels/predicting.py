"""A prediction that is put together tile by tile."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from segmodels.atlas import Framing
from segmodels.edges import smoothed
from segmodels.feature_source import FeatureSource
from segmodels.fusion import FusedHead
from segmodels.image_statistics import ImageStatistics
from segmodels.prediction import Image, Prediction, TellPart, tell_nobody
from segmodels.scoring import Scoring, ranked
from segmodels.tiles import Box, Tile, nearest_first, shares


class Assembly:
    """The prediction of an image (H, W, 3) uint8 in the making; `tell` hears of each part, and
    `framing` is mixed in.

    A seam is ready when all tiles that share it are there: their probabilities are blended.
    """

    def __init__(
        self, image: Image, tell: TellPart = tell_nobody, framing: Framing | None = None
    ) -> None:
        self.image = image
        self._framing = framing
        self._tell = tell
        self._layers = tuple(np.empty(image.shape[:2], np.uint8) for _ in range(3))
        self._seams: dict[Box, _Seam] = {}
        self.prediction = Prediction(*self._layers)

    def put(self, tile: Tile, probabilities: Tensor) -> None:
        """Take the probabilities (C, h, w) float32 of a tile's core; edges of the image draw them.

        Each tile is put once.
        """
        if self._framing is not None:
            probabilities = self._framing.mixed(probabilities, tile.core)
        found = smoothed(probabilities, self.image, tile.core)
        for share in shares(tile):
            part = found[:, *share.box.within(tile.core).slices]
            if share.tiles == 1:
                self._take(share.box, part)
                continue
            seam = self._seams.setdefault(share.box, _Seam(torch.zeros_like(part), share.tiles))
            seam.total += part * share.weight.to(part.device)
            seam.missing -= 1
            if not seam.missing:
                self._take(share.box, self._seams.pop(share.box).total)

    def _take(self, box: Box, probabilities: Tensor) -> None:
        parts = ranked(probabilities)
        for layer, part in zip(self._layers, parts, strict=True):
            layer[box.slices] = part
        self._tell(box, Prediction(*parts))


@dataclass
class _Seam:
    """The weighted sum of the probabilities (C, h, w) of the tiles that were there."""

    total: Tensor
    missing: int


def tiled_steps(
    source: FeatureSource,
    head: FusedHead,
    assembly: Assembly,
    key: str,
    *,
    first: Box | None = None,
) -> Generator[None, None, Prediction]:
    """Predict the image of `assembly`, the tiles that show `first` before the rest; features are
    remembered by `key`.

    Yields after each part of a tile. While the network looks at a tile, the second thread scores
    the one before.
    """
    image = assembly.image
    statistics = ImageStatistics.of(image)
    normal = yield from source.normal_steps(image, statistics, key)
    in_work: deque[tuple[Tile, Scoring]] = deque()

    def end_one() -> None:
        if in_work:
            tile, scoring = in_work.popleft()
            size = (tile.core.height, tile.core.width)
            assembly.put(tile, scoring.result().unflatten(1, size))

    tiles = nearest_first(source.tiles(image), first)
    last_of = {tile.region: tile for tile in tiles}
    for tile, steps in source.in_turn(image, tiles, statistics, key, meanwhile=end_one):
        features = yield from steps
        if tile is last_of[tile.region]:
            source.let_go(image, tile.region)
        scoring = Scoring(head, features, normal)
        end_one()
        yield
        in_work.append((tile, scoring))
    end_one()
    yield
    return assembly.prediction
