"""A prediction that is put together tile by tile."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from torch import Tensor

from segmodels.edges import smoothed
from segmodels.feature_source import FeatureSource
from segmodels.features import ImageStatistics
from segmodels.fusion import FusedHead
from segmodels.prediction import Image, Prediction, TellPart
from segmodels.scoring import Scoring, ranked
from segmodels.tiles import Box, nearest_first


class Assembly:
    """The prediction of an image (H, W, 3) uint8 in the making; `tell` hears of each part."""

    def __init__(self, image: Image, tell: TellPart) -> None:
        self._image = image
        self._tell = tell
        self._layers = tuple(np.empty(image.shape[:2], np.uint8) for _ in range(3))
        self.prediction = Prediction(*self._layers)

    def put(self, box: Box, probabilities: Tensor) -> None:
        """Take the probabilities (C, h, w) float32 of a box; edges of the image draw them."""
        parts = ranked(smoothed(probabilities, self._image, box))
        for layer, part in zip(self._layers, parts, strict=True):
            layer[box.slices] = part
        self._tell(box, Prediction(*parts))


def tiled_steps(
    source: FeatureSource,
    head: FusedHead,
    image: Image,
    key: str,
    *,
    first: Box | None,
    tell: TellPart,
) -> Generator[None, None, Prediction]:
    """Predict (H, W, 3) uint8, the tiles that show `first` before the rest; features are
    remembered by `key`.

    Yields after each part of a tile. While the network looks at a tile, the second thread scores
    the one before.
    """
    statistics = ImageStatistics.of(image)
    normal = yield from source.normal_steps(image, statistics, key)
    assembly = Assembly(image, tell)
    before: tuple[Box, Scoring] | None = None
    for tile in nearest_first(source.tiles(image), first):
        features = yield from source.tile_steps(image, tile, statistics, key)
        begun = tile.core, Scoring(head, features, normal)
        if before is not None:
            _end(assembly, *before)
            yield
        before = begun
    assert before is not None
    _end(assembly, *before)
    yield
    return assembly.prediction


def _end(assembly: Assembly, box: Box, scoring: Scoring) -> None:
    assembly.put(box, scoring.result().unflatten(1, (box.height, box.width)))
