"""Steadier predictions: an image is looked at flipped, turned and scaled, and the answers averaged.

(Test-time augmentation.) Only what the filters and the network see is changed: a pixel keeps its
position, or a model that knows left from right would be asked about a mirror image.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from segmodels.feature_source import FeatureSource
from segmodels.features import FeatureMaker, position_of
from segmodels.filters import fixed_features
from segmodels.fusion import FusedHead
from segmodels.image_statistics import ImageStatistics
from segmodels.normal import FeatureNormal
from segmodels.predicting import Assembly
from segmodels.prediction import Image, Prediction
from segmodels.scoring import probabilities
from segmodels.tiles import Box, Tile, cut_tiles, nearest_first

Averaging = Literal["off", "flips", "full"]

_TILE, _HALO = 512, 64
_SCALE_GRID = 4
"""Scales are fourths: on a grid four times as coarse a scaled tile begins on the grid too."""


@dataclass(frozen=True)
class Look:
    """One way to look at an image: mirrored or not, then quarter turns, then scaled."""

    is_mirrored: bool = False
    turns: int = 0
    scale: float = 1.0

    def seen(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Change an array (H, W, K)."""
        if self.is_mirrored:
            pixels = pixels[:, ::-1]
        pixels = np.ascontiguousarray(np.rot90(pixels, self.turns))
        if self.scale == 1:
            return pixels
        width, height = (round(side * self.scale) for side in (pixels.shape[1], pixels.shape[0]))
        # OpenCV averages areas of at most four channels; the position is smooth anyway.
        is_area = self.scale < 1 and pixels.shape[2] <= 4
        way = cv2.INTER_AREA if is_area else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(pixels, (width, height), interpolation=way))

    def undone(self, values: Tensor, height: int, width: int) -> Tensor:
        """Change (K, H', W') float back to (K, height, width)."""
        if self.scale != 1:
            size = (height, width) if self.turns % 2 == 0 else (width, height)
            values = functional.interpolate(values[None], size, mode="bilinear")[0]
        values = torch.rot90(values, -self.turns, (1, 2))
        return values.flip(2) if self.is_mirrored else values


LOOKS: dict[Averaging, tuple[Look, ...]] = {
    "flips": tuple(Look(mirrored, turns) for mirrored in (False, True) for turns in (0, 2)),
    "full": (
        *(Look(mirrored, turns) for mirrored in (False, True) for turns in range(4)),
        *(Look(mirrored, scale=scale) for mirrored in (False, True) for scale in (0.75, 1.25)),
    ),
}


def averaged_steps(
    source: FeatureSource,
    head: FusedHead,
    assembly: Assembly,
    averaging: Averaging,
    *,
    first: Box | None = None,
    tile: int = _TILE,
) -> Generator[None, None, Prediction]:
    """Predict the image of `assembly` by the mean of the probabilities of all looks.

    Yields after each look at a tile of about `tile` pixels; `first` is predicted before the rest.
    The result depends on the tile size no more than a plain prediction does.
    """
    image = assembly.image
    height, width = image.shape[:2]
    statistics = ImageStatistics.of(image)
    normal = yield from source.normal_steps(image, statistics, None)
    looks = LOOKS[averaging]
    grid = source.maker.grid * (_SCALE_GRID if any(look.scale != 1 for look in looks) else 1)
    tiles = cut_tiles(height, width, size=tile, halo=_HALO, grid=grid)
    for part in nearest_first(tiles, first):
        total = torch.zeros(())
        for look in looks:
            total = total + _probabilities(
                source.maker, head, image, part, statistics, normal, look, grid
            )
            yield
        assembly.put(part, total / len(looks))
    return assembly.prediction


@torch.inference_mode()
def _probabilities(
    maker: FeatureMaker,
    head: FusedHead,
    image: Image,
    tile: Tile,
    statistics: ImageStatistics,
    normal: FeatureNormal,
    look: Look,
    grid: int,
) -> Tensor:
    """Look at a tile in one way; gives the probabilities (C, h, w) float32 of its core."""
    box = tile.seen
    # A tile that ends on the grid begins on it when it is turned round.
    bottom, right = -box.height % grid, -box.width % grid
    pixels = np.pad(image[box.slices], ((0, bottom), (0, right), (0, 0)), mode="symmetric")
    whole = Box(box.x0, box.y0, box.x1 + right, box.y1 + bottom)
    position = position_of(whole, statistics).permute(1, 2, 0).numpy()
    seen = look.seen(pixels).astype(np.uint8, copy=False)
    features = [torch.from_numpy(fixed_features(seen, statistics.contrast)).to(maker.device)]
    if maker.learned is not None:
        features += maker.learned.alone(seen, statistics)
    features.append(torch.from_numpy(look.seen(position)).permute(2, 0, 1).to(maker.device))
    rows = torch.cat([part.to(maker.dtype) for part in features]).flatten(1)
    found = probabilities(head, rows, normal).unflatten(1, seen.shape[:2])
    return look.undone(found, whole.height, whole.width)[:, *tile.core.within(tile.seen).slices]
