"""From a model's name to its network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segmodels.errors import DownloadError
from segmodels.models.base import SegModel


def build(
    name: str, *, weights: str | None = None, config: Mapping[str, Any] | None = None
) -> SegModel:
    """Build the network called `name`, with random weights or, for "imagenet", downloaded ones.

    Names: `starter`; `unet:resnet18` and any other `architecture:encoder` of
    segmentation-models-pytorch; `torchvision:deeplabv3_mobilenet_v3_large` and its kin;
    `features:` and any backbone of timm. `config` is what `SegModel.config` gave. Raises
    ValueError for a name that is none, DownloadError when the weights cannot be fetched.
    """
    if weights is None:
        return _build(name, None, config)
    try:
        model = _build(name, weights, config)
        model.norms_fit = True
        return model
    except ValueError:
        raise
    except Exception as error:  # each library that downloads has its own errors
        raise DownloadError(
            f"The {weights} weights of {name} could not be downloaded: check the internet "
            "connection, or use the model without them."
        ) from error


def _build(name: str, weights: str | None, config: Mapping[str, Any] | None) -> SegModel:
    kind, _, rest = name.partition(":")
    if name == "starter":
        from segmodels.models.starter import StarterModel
        from segmodels.starter.network import StarterConfig

        return StarterModel(StarterConfig.from_dict(dict(config)) if config else None)
    if kind == "torchvision":
        from segmodels.models.published import TorchvisionModel

        return TorchvisionModel(rest, weights=weights)
    if kind == "features":
        from segmodels.models.frozen import FrozenBackbone

        return FrozenBackbone(rest, weights=weights)
    if kind and rest:
        from segmodels.models.smp import SmpModel

        return SmpModel(kind, rest, weights=weights)
    raise ValueError(f"there is no model called {name!r}")
