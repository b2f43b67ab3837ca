"""What is normal in an image: the mean and spread of each feature over it.

Images of one folder differ in brightness, stain and focus. Beside the features as they are, a head
sees them relative to their own image (instance normalisation, Ulyanov et al. 2016).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from segmodels.tiles import Tile

ALL_OF = 1_000_000
"""Pixels of an image that is measured as a whole; of a larger one, some tiles are."""
SOME_OF = 600_000
_PIXELS = 100_000
"""About so many of them are measured."""
_LEAST_SCALE = 0.1


@dataclass(frozen=True, eq=False)
class FeatureNormal:
    """Mean and scale (D,) float32 of the features of one image, without the position."""

    mean: Tensor
    scale: Tensor

    @classmethod
    def of(cls, parts: Iterable[Tensor], channels: int) -> FeatureNormal:
        """Measure the first `channels` features of parts (D', pixels) of an image."""
        count, total, squares = 0, torch.zeros(()), torch.zeros(())
        for part in parts:
            values = part[:channels].float()
            count += values.shape[1]
            total = total + values.sum(1)
            squares = squares + values.square().sum(1)
        mean = total / count
        spread = (squares / count - mean.square()).clamp_min(0).sqrt()
        # Features are kept in few bits: what hardly varies around a large mean is rounding.
        return cls(mean, spread.clamp_min(_LEAST_SCALE).maximum(mean.abs() / 32))

    def applied(self, rows: Tensor) -> Tensor:
        """Give rows (n, D') float with the normalised features (n, D) after them."""
        normal = (rows[:, : len(self.mean)].float() - self.mean) / self.scale
        return torch.cat((rows, normal.to(rows.dtype)), dim=1)

    def folded(self, weight: Tensor, bias: Tensor, group: Tensor, raw: int) -> tuple[Tensor, ...]:
        """Let a layer on features `group`, of which those from `raw` on are normalised ones, work
        on features as they are.

        `weight` (O, d), `bias` (O,); gives both anew, and the indices (d,) of the features.
        """
        is_normal = group >= raw
        columns = torch.where(is_normal, group - raw, group)
        mean, scale = torch.zeros_like(weight[0]), torch.ones_like(weight[0])
        mean[is_normal] = self.mean[columns[is_normal]]
        scale[is_normal] = self.scale[columns[is_normal]]
        weight = weight / scale
        return weight, bias - weight @ mean, columns


def measured_pixels(features: Tensor, tile: Tile, pixels: int) -> Tensor:
    """Take (D, n) of a tile's features (D, pixels of the core): what the image, of so many
    `pixels`, is measured by.

    They lie on a grid of the image: so what is normal does not depend on how the image is cut.
    """
    every = max(1, round((min(pixels, ALL_OF) / _PIXELS) ** 0.5))
    planes = features.unflatten(1, (tile.core.height, tile.core.width))
    own = planes[:, *tile.own.within(tile.core).slices]
    return own[:, -tile.own.y0 % every :: every, -tile.own.x0 % every :: every].flatten(1)


def measured_tiles(tiles: Sequence[Tile], pixels: int) -> list[Tile]:
    """Choose the tiles that an image of so many pixels is measured by."""
    if pixels <= ALL_OF:
        return list(tiles)
    count = max(1, min(len(tiles), round(SOME_OF * len(tiles) / pixels)))
    return [tiles[(2 * n + 1) * len(tiles) // (2 * count)] for n in range(count)]
