"""Any backbone of timm as a frozen maker of features: several levels, up-sampled and joined."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from segmodels.models.any_size import made_for_any_size
from segmodels.models.base import InputScale, SegModel
from segmodels.models.padding import enlarged, with_padding

_CHANNELS_PER_LEVEL = 48
_LEVELS = 4


class FrozenBackbone(SegModel):
    """The last levels of a backbone, each mixed down to at most 48 channels by a fixed rotation.

    A random rotation keeps distances well enough for a head, and the features of a large image
    small enough to be kept. Gradients reach the image, but fine-tuning leaves the weights alone.
    """

    is_frozen = True

    def __init__(self, backbone: str, *, weights: str | None = None) -> None:
        super().__init__()
        import timm

        if not timm.is_model(backbone):
            raise ValueError(f"timm has no backbone {backbone!r}")
        make = partial(
            timm.create_model, backbone, pretrained=weights is not None, features_only=True
        )
        self.backbone = made_for_any_size(make)
        trained_with = self.backbone.pretrained_cfg
        self.input_scale = InputScale.of(trained_with["mean"], trained_with["std"])
        information = self.backbone.feature_info
        self._layout = "nhwc" if self.backbone.output_fmt == "NHWC" else "nchw"
        channels, reductions = information.channels(), information.reduction()
        self.levels = range(len(channels))[-_LEVELS:]
        self.stride = int(max(reductions))
        self.mixes = nn.ParameterList(
            nn.Parameter(_rotation(channels[level]), requires_grad=False) for level in self.levels
        )
        self.feature_channels = sum(mix.shape[0] for mix in self.mixes)
        for parameter in self.parameters():
            parameter.requires_grad_(False)

    def features(self, x: Tensor) -> Tensor:
        """Give (N, D, H, W)."""
        return with_padding(self._joined, x, stride=self.stride, least=96)

    def _joined(self, x: Tensor) -> Tensor:
        found = self.backbone(x)
        mixed = f"dc,{self._layout}->ndhw"
        parts = [
            enlarged(torch.einsum(mixed, mix.to(found[level].dtype), found[level]), x.shape[-2:])
            for level, mix in zip(self.levels, self.mixes, strict=True)
        ]
        return torch.cat(parts, dim=1)


def _rotation(channels: int) -> Tensor:
    if channels <= _CHANNELS_PER_LEVEL:
        return torch.eye(channels)
    mixed = torch.randn(channels, _CHANNELS_PER_LEVEL, generator=torch.Generator().manual_seed(0))
    return torch.linalg.qr(mixed).Q.T.contiguous()
