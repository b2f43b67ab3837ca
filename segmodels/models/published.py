"""The segmentation networks of torchvision, up to the convolution that makes classes."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from segmodels.downloading import WebFile
from segmodels.models.base import SegModel
from segmodels.models.padding import enlarged, with_padding

NAMES = ("deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large", "deeplabv3_resnet50")


class TorchvisionModel(SegModel):
    """One of `NAMES`. `class_layer` is the last convolution as one linear map of its features."""

    def __init__(self, name: str, *, weights: str | None = None) -> None:
        super().__init__()
        if name not in NAMES:
            raise ValueError(
                f"there is no torchvision model {name!r}: choose of {', '.join(NAMES)}"
            )
        from torchvision.models import segmentation

        self.network = getattr(segmentation, name)(weights=None, weights_backbone=None)
        if weights is not None:
            self._load_backbone(name.partition("_")[2])
        self.is_lraspp = name.startswith("lraspp")
        self.feature_channels = self.class_layer()[0].shape[1]

    def features(self, x: Tensor) -> Tensor:
        """Give (N, D, H, W), enlarged from 1/8 (DeepLabV3: 1/16 or 1/8) of the resolution."""
        run = self._lraspp_features if self.is_lraspp else self._deeplab_features
        return with_padding(run, x, stride=self.stride, least=64)

    def class_layer(self) -> tuple[Tensor, Tensor]:
        """Weight (classes, D) and bias (classes,) of the published classes on the features."""
        classifier = self.network.classifier
        is_split = self.is_lraspp
        layers = (
            [classifier.high_classifier, classifier.low_classifier]
            if is_split
            else [classifier[-1]]
        )
        weight = torch.cat([layer.weight.flatten(1) for layer in layers], dim=1)
        return weight.detach().clone(), sum(layer.bias for layer in layers).detach().clone()

    def load_published(self, state: Mapping[str, Tensor]) -> None:
        """Load the published weights, less those of training only; raises RuntimeError."""
        self.network.load_state_dict(
            {key: value for key, value in state.items() if not key.startswith("aux_classifier")}
        )

    def _load_backbone(self, name: str) -> None:
        """Load the backbone's weights. Not by torchvision, which would run what is in the file."""
        url = _weights_address(name)
        state = torch.hub.load_state_dict_from_url(
            url, map_location="cpu", check_hash=True, weights_only=True
        )
        found = {key.removeprefix("features."): value for key, value in state.items()}
        own = self.network.backbone
        own.load_state_dict({key: found[key] for key in own.state_dict()})

    def _deeplab_features(self, x: Tensor) -> Tensor:
        found = self.network.backbone(x)["out"]
        for layer in list(self.network.classifier)[:-1]:
            found = layer(found)
        return found

    def _lraspp_features(self, x: Tensor) -> Tensor:
        found = self.network.backbone(x)
        classifier = self.network.classifier
        high = classifier.cbr(found["high"]) * classifier.scale(found["high"])
        return torch.cat((enlarged(high, found["low"].shape[-2:]), found["low"]), 1)


def backbone_file(name: str) -> WebFile:
    """Give the weights that the backbone of one of `NAMES` begins with."""
    return WebFile(_weights_address(name.partition("_")[2]))


def published_file(name: str) -> WebFile:
    """Give the weights of one of `NAMES` that knows the classes it was published with."""
    return WebFile(_weights_address(name))


def _weights_address(name: str) -> str:
    from torchvision.models import get_model_weights

    return str(get_model_weights(name).DEFAULT.url)
