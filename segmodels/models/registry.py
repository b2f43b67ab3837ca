"""From a model's name to its network."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from segmodels.device import is_out_of_memory
from segmodels.downloading import Download, NotFetched
from segmodels.errors import (
    DownloadCancelled,
    DownloadError,
    LearnerError,
    ModelNotBuilt,
    NotEnoughMemory,
)
from segmodels.models.base import SegModel
from segmodels.models.libraries import load_libraries
from segmodels.models.weight_files import weight_files

logger = logging.getLogger(__name__)

_SUCH_AS = "starter, filters, unet:resnet34, deeplabv3plus:mobilenet_v2 or features:resnet18"

_TRIAL_SIZE = (160, 192)  # Not square, and no backbone's own: one that takes only that is found.


def build(
    name: str,
    *,
    weights: str | None = None,
    config: Mapping[str, Any] | None = None,
    download: Download | None = None,
) -> SegModel:
    """Build the network called `name`, with random weights or, for "imagenet", downloaded ones.

    Names: `starter`; `unet:resnet18` and any other `architecture:encoder` of
    segmentation-models-pytorch; `torchvision:deeplabv3_mobilenet_v3_large` and its kin;
    `features:` and any backbone of timm. `config` is what `SegModel.config` gave; a network
    without is tried on an image first, before anything is downloaded. Raises ModelNotBuilt for a
    name that is none, or a network that is of no use here, DownloadError when the weights cannot
    be fetched, DownloadCancelled when somebody stops `download`, which tells how far it is. Blocks
    while downloading; any thread.
    """
    if config is not None:
        config = dict(config)
        model = _built(name, config)
        if name != "starter":
            model.take_config(config)
        return model
    model = _built(name)
    _try(name, model)
    if weights is None:
        return model
    if weights != "imagenet" or not has_weights(name):
        raise ModelNotBuilt(f"No pretrained weights are published for {name}: use it without.")
    model = _with_weights(name, weights, download or Download())
    model.norms_fit = True
    return model


def has_weights(name: str) -> bool:
    """Whether "imagenet" weights are published for a model; the starter brings its own."""
    kind, _, rest = name.partition(":")
    if kind == "torchvision":
        return True
    load_libraries()
    if kind == "features":
        import timm

        return bool(timm.models.is_model_pretrained(rest))
    if not rest:
        return False
    from segmodels.models.smp import has_weights as has_smp_weights

    return has_smp_weights(rest)


def _with_weights(name: str, weights: str, download: Download) -> SegModel:
    try:
        download.bring(weight_files(name))
        with _quiet_retries():
            model = _build(name, weights, None)
    except DownloadCancelled:
        raise
    except Exception as error:  # each library that reads weights has its own errors
        reason = error if isinstance(error, NotFetched) else NotFetched()
        logger.info("weights of %s", name, exc_info=error)
        raise DownloadError(
            f"The pretrained weights of {name} {reason}, or use the model without them."
        ) from error
    download.check()
    return model


@contextmanager
def _quiet_retries() -> Iterator[None]:
    """The library that fetches warns at each of its tries: what comes of them is told anyway."""
    speaker = logging.getLogger("huggingface_hub")
    before = speaker.level
    speaker.setLevel(logging.ERROR)
    try:
        yield
    finally:
        speaker.setLevel(before)


def _built(name: str, config: Mapping[str, Any] | None = None) -> SegModel:
    try:
        return _build(name, None, config)
    except Exception as error:  # each library has its own errors for what it cannot build
        raise _not_built(name, error) from error


def _try(name: str, model: SegModel) -> None:
    """Raise ModelNotBuilt unless the network gives features of an image of any size."""
    if name == "starter":
        return
    model.eval()
    try:
        with torch.inference_mode():
            found = model.features(torch.zeros(1, 3, *_TRIAL_SIZE))
        if tuple(found.shape) != (1, model.feature_channels, *_TRIAL_SIZE):
            raise ValueError(f"its features are of the shape {tuple(found.shape)}")
    except Exception as error:
        raise _not_built(name, error) from error
    model.train()


def _not_built(name: str, error: Exception) -> LearnerError:
    if is_out_of_memory(error):
        return NotEnoughMemory(f"There is not enough memory for the model {name}: take another.")
    logger.info("%s cannot be used", name, exc_info=error)
    reason = " ".join(str(error).split()).rstrip(".")[:120]
    return ModelNotBuilt(
        f"The model {name!r} cannot be used ({reason}): take one such as {_SUCH_AS}."
    )


def _build(name: str, weights: str | None, config: Mapping[str, Any] | None) -> SegModel:
    kind, _, rest = name.partition(":")
    if name == "starter":
        from segmodels.models.starter import StarterModel
        from segmodels.starter.network import StarterConfig

        return StarterModel(StarterConfig.from_dict(dict(config)) if config else None)
    load_libraries()
    if ":" in rest:
        raise ValueError("a name has one colon")  # With two, timm would look on the internet.
    if kind == "torchvision":
        from segmodels.models.published import TorchvisionModel

        return TorchvisionModel(rest, weights=weights)
    if kind == "features":
        from segmodels.models.frozen import FrozenBackbone

        return FrozenBackbone(rest, weights=weights)
    if kind and rest:
        from segmodels.models.smp import SmpModel

        return SmpModel(kind, rest, weights=weights)
    raise ValueError("no such name")
