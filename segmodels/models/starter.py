"""The starter network behind the contract of all networks, with the weights that ship."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from importlib.resources import files
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor

from segmodels.models.base import SegModel
from segmodels.starter.network import StarterConfig, StarterNet
from segmodels.starter.region import StarterRegion, region_steps

logger = logging.getLogger(__name__)


class StarterModel(SegModel):
    """`StarterNet` as a `SegModel`."""

    input_scale = None
    by_region = True

    def __init__(self, config: StarterConfig | None = None) -> None:
        super().__init__()
        config = config or StarterConfig()
        self.network = StarterNet(config)
        self.feature_channels = self.network.feature_channels
        self.stride = self.network.stride

    def config(self) -> dict[str, Any]:
        """Give the network's config."""
        return self.network.config.to_dict()

    def features(self, x: Tensor) -> Tensor:
        """Give (N, D, H, W) for standardised images (N, 3, H, W)."""
        return self.network.features(x)

    def parts(self, x: Tensor) -> list[Tensor]:
        """Give the fine, the half and the coarse features."""
        return self.network.parts(x)

    def region_steps(self, x: Tensor) -> Generator[None, None, StarterRegion]:
        """Look at a standardised region (1, 3, H, W)."""
        return region_steps(self.network, x)

    def for_inference(self, dtype: torch.dtype) -> StarterModel:
        """Fold the norms into the convolutions."""
        model = StarterModel.__new__(StarterModel)
        SegModel.__init__(model)
        model.network = self.network.folded().to(dtype).to(memory_format=torch.channels_last)
        model.feature_channels, model.stride = self.feature_channels, self.stride
        return model


def load_starter() -> StarterModel | None:
    """Give the starter network with the weights that ship, or None when there are none."""
    weights = files("resources") / "starter.safetensors"
    card = files("resources") / "starter.json"
    if not (weights.is_file() and card.is_file()):
        logger.warning("no starter weights are installed: working with fixed filters only")
        return None
    config = StarterConfig.from_dict(json.loads(card.read_text("utf-8"))["config"])
    model = StarterModel(config)
    model.network.load_state_dict(load(weights.read_bytes()))
    model.norms_fit = True
    return model
