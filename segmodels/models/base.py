"""The one contract of all networks: an image in, features for every pixel out."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from segmodels.tiles import Box


@dataclass(frozen=True)
class InputScale:
    """How pixels of 0..1 are scaled for a network, the same for every image: less `mean`, by
    `spread`, both in RGB.
    """

    mean: tuple[float, ...]
    spread: tuple[float, ...]

    @classmethod
    def of(cls, mean: Sequence[float], spread: Sequence[float]) -> InputScale:
        """Check the numbers: raises ValueError, TypeError."""
        scale = cls(tuple(map(float, mean)), tuple(map(float, spread)))
        if len(scale.mean) != 3 or len(scale.spread) != 3:
            raise ValueError(f"a scale has three means and three spreads, not {scale}")
        if not all(map(math.isfinite, scale.mean + scale.spread)) or min(scale.spread) <= 0:
            raise ValueError(f"no scale {scale}")
        return scale


IMAGENET = InputScale((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Of ImageNet's training images: what most published weights were trained with."""


class Region(Protocol):
    """A region of an image that a network has looked at."""

    def parts(self, box: Box) -> list[Tensor]:
        """Give the features of a box of the region in parts, each (d, h, w)."""


class SegModel(nn.Module):
    """A network that gives features; subclasses set the attributes and write `features`.

    `feature_channels` is D, `stride` is what tiles should start at a multiple of.
    """

    feature_channels: int
    stride: int = 32
    input_scale: InputScale | None = IMAGENET
    """None: each image is standardised, mean 0 in each channel, one spread for all channels."""
    norms_fit: bool = False
    """Whether the running statistics of its norms were learned, and are kept in fine-tuning."""
    is_frozen: bool = False
    """Whether fine-tuning leaves the network as it is."""
    by_region: bool = False
    """Whether it has `region_steps`; else every tile is looked at alone."""

    def features(self, x: Tensor) -> Tensor:
        """Give (N, D, H, W) for (N, 3, H, W) float32, scaled as `input_scale` says; any H and W."""
        raise NotImplementedError

    def parts(self, x: Tensor) -> list[Tensor]:
        """Give the features of `features`, which has them joined, in parts (N, d, H, W)."""
        return [self.features(x)]

    def region_steps(self, x: Tensor) -> Generator[None, None, Region]:
        """Look at a region (1, 3, H, W), scaled as for `features`, whose tiles are asked for then.

        Its features are the same as those of `features`. Yields between slices of the work.
        """
        raise NotImplementedError

    def for_inference(self, dtype: torch.dtype) -> SegModel:
        """Give what computes the same features faster, in `dtype`, and cannot be trained.

        It may be the network itself. What the network learns later does not reach it.
        """
        return self

    def config(self) -> dict[str, Any]:
        """Give plain values for JSON, from which `build` makes the same network again."""
        return {} if self.input_scale is None else {"input": asdict(self.input_scale)}

    def take_config(self, config: Mapping[str, Any]) -> None:
        """Scale the input as `config` told; ImageNet's way in models of earlier programs.

        Raises ValueError, TypeError, KeyError.
        """
        told = config.get("input")
        self.input_scale = InputScale.of(told["mean"], told["spread"]) if told else IMAGENET

    def forward(self, x: Tensor) -> Tensor:
        """Same as `features`."""
        return self.features(x)
