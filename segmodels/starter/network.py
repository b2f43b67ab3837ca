"""The starter network: a small encoder-decoder that gives features for every pixel.

It is made for the fast path: its features stand beside fixed filters, colour and position, and a
small head is solved on them. So it spends its time on what filters lack: context, shape, texture.
"""

from __future__ import annotations

import copy
import itertools
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval


@dataclass(frozen=True)
class StarterConfig:
    """Shape of a `StarterNet`; stored beside its weights.

    `widths` are the channels at 1/1, 1/2, 1/4 ... of the resolution. `fine`, `half` and `coarse`
    count the features given at 1/1, 1/2 and 1/8 of the resolution (coarser ones are up-sampled).
    """

    widths: tuple[int, ...] = (16, 32, 48, 96, 128, 160)
    fine: int = 16
    half: int = 20
    coarse: int = 12

    @property
    def feature_channels(self) -> int:
        """Number of feature channels that `StarterNet.features` gives."""
        return self.fine + self.half + self.coarse

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> StarterConfig:
        """Build from what `to_dict` gave; raises TypeError for unknown keys."""
        return cls(**{**values, "widths": tuple(values["widths"])})


class ConvNorm(nn.Sequential):
    """3x3 (or 1x1) convolution, BatchNorm, ReLU.

    BatchNorm, since it costs nothing once folded and does not depend on the tile: GroupNorm would
    give every tile other features. Fine-tune with the running statistics (`eval()` mode of the
    norms): the input is standardised per image, so they fit, and tiny batches do no harm.
    """

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.02),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions added to their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvNorm(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels, momentum=0.02)

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape (N, C, H, W)."""
        return functional.relu(x + self.norm(self.second(self.first(x))))


class FeatureOutput(nn.Sequential):
    """1x1 convolution to features of about zero mean and unit variance, as a ridge likes them."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.02, affine=False),
        )


class StarterNet(nn.Module):
    """Encoder-decoder from an image to features; its outputs at three resolutions are joined."""

    def __init__(self, config: StarterConfig = StarterConfig()) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        self.stem = ConvNorm(3, widths[0])
        self.down = nn.ModuleList(
            nn.Sequential(
                ConvNorm(inputs, outputs, stride=2),
                ResidualBlock(outputs),
            )
            for inputs, outputs in itertools.pairwise(widths)
        )
        self.lateral = nn.ModuleList(
            nn.Conv2d(deep, shallow, 1, bias=False) for shallow, deep in itertools.pairwise(widths)
        )
        self.merge = nn.ModuleList(ConvNorm(width, width) for width in widths[:-1])
        self.fine_output = FeatureOutput(widths[0], config.fine)
        self.half_output = FeatureOutput(widths[1], config.half)
        self.coarse_output = FeatureOutput(widths[3], config.coarse)

    @property
    def feature_channels(self) -> int:
        """Number of feature channels that `features` gives."""
        return self.config.feature_channels

    def folded(self) -> StarterNet:
        """Give a copy in `eval()` mode with the norms folded into the convolutions.

        The same features but for rounding, in about two thirds of the time. It cannot be trained
        further, nor loaded into a `StarterNet`.
        """
        net = copy.deepcopy(self).eval()
        for module in list(net.modules()):
            if isinstance(module, ConvNorm | FeatureOutput):
                _fold(module, "0", "1")
            elif isinstance(module, ResidualBlock):
                _fold(module, "second", "norm")
        return net

    @property
    def stride(self) -> int:
        """Inputs are padded inside to multiples of this; tiles should start at multiples of it."""
        return 2 ** (len(self.config.widths) - 1)

    def features(self, x: Tensor) -> Tensor:
        """Give (N, feature_channels, H, W) for images (N, 3, H, W) of any H and W of at least 1.

        `x` is float32 RGB, standardised per image by the caller (`standardise`). Under autocast
        the features come in the autocast's dtype, else in that of `x`. They have about zero mean
        and unit variance over natural images. In `eval()` mode one image does not influence
        another of the batch.
        """
        return torch.cat(self.parts(x), dim=1)

    def parts(self, x: Tensor) -> list[Tensor]:
        """Give the fine, half and coarse features of `features`, not joined, which takes time."""
        height, width = x.shape[-2:]
        parts = [
            level
            if factor == 1
            else functional.interpolate(level, scale_factor=float(factor), mode="bilinear")
            for level, factor in self.levels(x)
        ]
        return [part[..., :height, :width] for part in parts]

    def levels(self, x: Tensor) -> list[tuple[Tensor, int]]:
        """Give the features before up-sampling, each (N, D, H'/factor, W'/factor) with its factor.

        H' and W' are H and W, padded to multiples of `stride`. Training reads single pixels from
        these, which saves a quarter of its time.
        """
        down, right = -x.shape[-2] % self.stride, -x.shape[-1] % self.stride
        if down or right:
            # Replication, as reflection fails where the image is smaller than the padding.
            x = functional.pad(x, (0, right, 0, down), mode="replicate")
        skips = [self.stem(x)]
        for stage in self.down:
            skips.append(stage(skips[-1]))
        deep = skips.pop()
        merged: dict[int, Tensor] = {}
        for level in reversed(range(len(skips))):
            up = functional.interpolate(self.lateral[level](deep), scale_factor=2.0, mode="nearest")
            deep = self.merge[level](skips[level] + up)
            merged[level] = deep
        return [
            (self.fine_output(merged[0]), 1),
            (self.half_output(merged[1]), 2),
            (self.coarse_output(merged[3]), 8),
        ]

    def forward(self, x: Tensor) -> Tensor:
        """Same as `features`."""
        return self.features(x)


def standardise(image: Tensor) -> Tensor:
    """Standardise RGB images (N, 3, H, W), uint8 or float in 0..255, to float32.

    Per image: the mean of each channel is taken away, and all channels are divided by one standard
    deviation (the root of the mean variance of the three, at least 2 grey levels), so that colour
    keeps its balance. Take the statistics over the whole image, not over a tile of it.
    """
    x = image.float()
    x = x - x.mean(dim=(2, 3), keepdim=True)
    spread = x.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    return x / spread.clamp_min(2.0)


def _fold(parent: nn.Module, convolution: str, norm: str) -> None:
    before, after = parent.get_submodule(convolution), parent.get_submodule(norm)
    assert isinstance(before, nn.Conv2d)
    assert isinstance(after, nn.BatchNorm2d)
    setattr(parent, convolution, fuse_conv_bn_eval(before, after))
    setattr(parent, norm, nn.Identity())
