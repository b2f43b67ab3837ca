"""Published models that know everyday things; fetched by the library that publishes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from segmodels.downloading import Download, NotFetched
from segmodels.errors import DownloadError, ModelFileError
from segmodels.learner import Learner
from segmodels.models.libraries import load_libraries
from segmodels.models.published import TorchvisionModel, published_file

VOC_CLASSES = (
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "dining table",
    "dog",
    "horse",
    "motorbike",
    "person",
    "potted plant",
    "sheep",
    "sofa",
    "train",
    "tv monitor",
)


@dataclass(frozen=True)
class PretrainedModel:
    """A published model: what people call it, and its classes in the order of its scores."""

    title: str
    classes: tuple[str, ...]


PRETRAINED: dict[str, PretrainedModel] = {
    "deeplabv3_mobilenet_v3_large": PretrainedModel(
        "DeepLabV3 with MobileNetV3 (20 everyday things, 42 MB)", VOC_CLASSES
    ),
    "lraspp_mobilenet_v3_large": PretrainedModel(
        "LR-ASPP with MobileNetV3 (20 everyday things, fast, 13 MB)", VOC_CLASSES
    ),
}


def load_pretrained(
    name: str,
    *,
    class_ids: Sequence[int] | None = None,
    state_dict_path: Path | None = None,
    device: str = "auto",
    download: Download | None = None,
) -> Learner:
    """Give a learner that knows the classes of a published model, class k as `class_ids[k]`.

    The weights are downloaded once, or read from `state_dict_path`. Raises KeyError for a name
    that is not in `PRETRAINED`, DownloadError, DownloadCancelled when somebody stops `download`,
    and ModelFileError for a file that does not fit. Blocks while downloading; any thread.
    """
    ids = list(class_ids) if class_ids is not None else list(range(len(PRETRAINED[name].classes)))
    load_libraries()
    network = TorchvisionModel(name)
    if len(ids) != len(PRETRAINED[name].classes):
        raise ValueError(f"{name} has {len(PRETRAINED[name].classes)} classes, not {len(ids)}")
    path = state_dict_path or _fetched(name, download or Download())
    try:
        network.load_published(_state(path))
    except RuntimeError as error:
        raise ModelFileError(f"{path} does not hold the weights of {name}.") from error
    return Learner.from_network(
        network,
        network.class_layer(),
        class_ids=ids,
        model_name=f"torchvision:{name}",
        device=device,
    )


def _state(path: Path) -> Mapping[str, Tensor]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises a dozen kinds for files that are none
        raise ModelFileError(f"{path} is no file of weights: delete it and try again.") from error
    if not isinstance(state, dict):
        raise ModelFileError(f"{path} is no file of weights: delete it and try again.")
    return state


def _fetched(name: str, download: Download) -> Path:
    """Give the file of weights, downloaded to the cache of torch.hub unless it is there."""
    file = published_file(name)
    try:
        download.bring([file])
    except NotFetched as error:
        raise DownloadError(f"{PRETRAINED[name].title} {error}.") from error
    return file.path
