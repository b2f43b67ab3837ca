"""Published models that know everyday things; fetched by the library that publishes them."""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from segmodels.errors import DownloadError, ModelFileError
from segmodels.learner import Learner
from segmodels.models.published import TorchvisionModel

Progress = Callable[[int, int], None]
"""Called with the bytes that have come and all of them."""

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
    progress: Progress | None = None,
    state_dict_path: Path | None = None,
    device: str = "auto",
) -> Learner:
    """Give a learner that knows the classes of a published model, class k as `class_ids[k]`.

    The weights are downloaded once, or read from `state_dict_path`. Raises KeyError for a name
    that is not in `PRETRAINED`, DownloadError, and ModelFileError for a file that does not fit.
    Blocks while downloading; any thread.
    """
    ids = list(class_ids) if class_ids is not None else list(range(len(PRETRAINED[name].classes)))
    network = TorchvisionModel(name)
    if len(ids) != len(PRETRAINED[name].classes):
        raise ValueError(f"{name} has {len(PRETRAINED[name].classes)} classes, not {len(ids)}")
    path = state_dict_path or _fetched(name, progress)
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


def _fetched(name: str, progress: Progress | None) -> Path:
    """Give the file of weights, downloaded to the cache of torch.hub unless it is there."""
    from torchvision.models import get_model_weights

    url = get_model_weights(name).DEFAULT.url
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[-1]
    if path.exists():
        return path
    try:
        _download(url, path, progress or (lambda done, total: None))
    except OSError as error:
        raise DownloadError(
            f"{PRETRAINED[name].title} could not be downloaded: check the internet connection "
            "and try again."
        ) from error
    return path


def _download(url: str, path: Path, progress: Progress) -> None:
    """Download as torch.hub does, which reports its progress only to the terminal.

    The last part of a published file's name is the start of its SHA-256.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    request = urllib.request.Request(url, headers={"User-Agent": "maskloop"})
    with urllib.request.urlopen(request, timeout=20) as response:
        total = int(response.headers.get("Content-Length") or 0)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            aside = Path(file.name)
            try:
                done = 0
                while block := response.read(1 << 18):
                    file.write(block)
                    digest.update(block)
                    done += len(block)
                    progress(done, total)
            except BaseException:
                aside.unlink()
                raise
    if not digest.hexdigest().startswith(path.stem.rsplit("-", 1)[-1]):
        aside.unlink()
        raise OSError(f"{url} arrived damaged")
    os.replace(aside, path)
