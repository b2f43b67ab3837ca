"""The starter network: a small encoder-decoder that gives features for every pixel.

It is made for the fast path: its features stand beside fixed filters, colour and position, and a
small head is solved on them. So it spends its time on what filters lack: context, shape, texture.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from segmodels.steps import run

SHALLOW_REACH = 8
NEAR_REACH = 4
_COARSE = 3
"""The level whose features are given as coarse ones."""


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


@dataclass(frozen=True)
class Around:
    """What the surroundings tell: `quarter` (N, C, H'/4, W'/4), to be added to what is seen at half
    resolution, and the `coarse` features (N, D, H'/8, W'/8).
    """

    quarter: Tensor
    coarse: Tensor


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

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in, but for autocast."""
        return next(self.parameters()).dtype

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
        return [enlarged(level, factor)[..., :height, :width] for level, factor in self.levels(x)]

    def levels(self, x: Tensor) -> list[tuple[Tensor, int]]:
        """Give the features before up-sampling, each (N, D, H'/factor, W'/factor) with its factor.

        H' and W' are H and W, padded to multiples of `stride`. Training reads single pixels from
        these, which saves a quarter of its time.
        """
        full, half = self.shallow(self.padded(x))
        around = run(self.around_steps(half))
        fine, middle = self.near(full, half, around.quarter)
        return [(fine, 1), (middle, 2), (around.coarse, 8)]

    def padded(self, x: Tensor) -> Tensor:
        """Pad images (N, 3, H, W) to multiples of `stride`."""
        down, right = -x.shape[-2] % self.stride, -x.shape[-1] % self.stride
        if not down and not right:
            return x
        # Replication, as reflection fails where the image is smaller than the padding.
        return functional.pad(x, (0, right, 0, down), mode="replicate")

    def shallow(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Give what is seen at full (N, C, H', W') and at half resolution (N, C', H'/2, W'/2).

        A pixel depends on at most `SHALLOW_REACH` pixels to each side.
        """
        full = self.stem(x)
        return full, self.down[0](full)

    def around_steps(self, half: Tensor) -> Generator[None, None, Around]:
        """Give what the surroundings tell, from what `shallow` saw at half resolution.

        Yields between the layers: in about 1/20 of a second for a megapixel on one core.
        """
        skips = [half]
        for stage in list(self.down)[1:]:
            assert isinstance(stage, nn.Sequential)
            for layer in stage:
                half = layer(half)
                yield
            skips.append(half)
        deep = skips.pop()
        coarse = deep
        for level in reversed(range(2, len(self.down))):
            deep = self.merge[level](skips.pop() + _doubled(self.lateral[level](deep)))
            if level == _COARSE:
                coarse = self.coarse_output(deep)
            yield
        return Around(self.lateral[1](deep), coarse)

    def near(self, full: Tensor, half: Tensor, quarter: Tensor) -> tuple[Tensor, Tensor]:
        """Give the fine and the half features, from what `shallow` and `around_steps` gave.

        A pixel depends on at most `NEAR_REACH` pixels to each side.
        """
        middle = self.merge[1](half + _doubled(quarter))
        fine = self.merge[0](full + _doubled(self.lateral[0](middle)))
        return self.fine_output(fine), self.half_output(middle)

    def forward(self, x: Tensor) -> Tensor:
        """Same as `features`."""
        return self.features(x)


def enlarged(level: Tensor, factor: int) -> Tensor:
    """Up-sample features (N, D, H, W) by a factor."""
    if factor == 1:
        return level
    return functional.interpolate(level, scale_factor=float(factor), mode="bilinear")


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


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def _fold(parent: nn.Module, convolution: str, norm: str) -> None:
    before, after = parent.get_submodule(convolution), parent.get_submodule(norm)
    assert isinstance(before, nn.Conv2d)
    assert isinstance(after, nn.BatchNorm2d)
    setattr(parent, convolution, fuse_conv_bn_eval(before, after))
    setattr(parent, norm, nn.Identity())
