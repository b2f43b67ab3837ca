"""The one contract of all networks: an image in, features for every pixel out."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import torch
from torch import Tensor, nn


class InputKind(StrEnum):
    """How the pixels that a network is given are scaled."""

    STANDARDISED = "standardised"
    """Per image: mean 0 in each channel, one spread for all channels."""
    IMAGENET = "imagenet"
    """By the mean and spread of ImageNet's training images, the same for every image."""


class SegModel(nn.Module):
    """A network that gives features; subclasses set the attributes and write `features`.

    `feature_channels` is D, `stride` is what tiles should start at a multiple of.
    """

    feature_channels: int
    stride: int = 32
    input_kind: InputKind = InputKind.IMAGENET
    norms_fit: bool = False
    """Whether the running statistics of its norms were learned, and are kept in fine-tuning."""
    is_frozen: bool = False
    """Whether fine-tuning leaves the network as it is."""

    def features(self, x: Tensor) -> Tensor:
        """Give (N, D, H, W) for (N, 3, H, W) float32, scaled as `input_kind` says; any H and W."""
        raise NotImplementedError

    def parts(self, x: Tensor) -> list[Tensor]:
        """Give the features of `features`, which has them joined, in parts (N, d, H, W)."""
        return [self.features(x)]

    def for_inference(self, dtype: torch.dtype) -> SegModel:
        """Give what computes the same features faster, in `dtype`, and cannot be trained.

        It may be the network itself. What the network learns later does not reach it.
        """
        return self

    def config(self) -> dict[str, Any]:
        """Give plain values for JSON, from which `build` makes the same shape again."""
        return {}

    def forward(self, x: Tensor) -> Tensor:
        """Same as `features`."""
        return self.features(x)
