"""One contract for all networks: features for every pixel of images of any size."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import mobilenet_v3_large, resnet50

from segmodels import DownloadError, Learner, ModelNotBuilt, models
from segmodels.downloading import Download
from segmodels.errors import DownloadCancelled, NotEnoughMemory
from segmodels.image_statistics import ImageStatistics
from segmodels.learned import network_input
from segmodels.models import SegModel
from segmodels.models.base import IMAGENET, InputScale
from segmodels.models.choices import CHOICES, ModelChoice
from segmodels.models.published import backbone_file
from segmodels.models.registry import build, has_weights
from segmodels.models.smp import encoder_files
from tests.hub import Hub

NAMES = [
    "starter",
    "unet:resnet18",
    "deeplabv3plus:mobilenet_v2",
    "pan:mobilenet_v2",
    "linknet:vgg11",
    "torchvision:deeplabv3_mobilenet_v3_large",
    "torchvision:lraspp_mobilenet_v3_large",
    "features:resnet18",
    "features:vit_tiny_patch16_224",
    "features:swin_tiny_patch4_window7_224",
    "unet:tu-swin_tiny_patch4_window7_224",
    "dpt:tu-test_vit",
]


@pytest.fixture(scope="module", params=NAMES)
def model(request: pytest.FixtureRequest) -> SegModel:
    torch.manual_seed(0)
    return build(request.param).eval()


@pytest.mark.parametrize("size", [(17, 23), (1, 1), (97, 131), (128, 64)])
def test_every_size_has_its_features(model: SegModel, size: tuple[int, int]) -> None:
    with torch.inference_mode():
        features = model.features(torch.randn(2, 3, *size))
    assert features.shape == (2, model.feature_channels, *size)
    assert features.isfinite().all()


def test_gradients_flow_unless_it_is_frozen(model: SegModel) -> None:
    x = torch.randn(1, 3, 33, 47, requires_grad=True)
    model.features(x).square().mean().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert bool(trained) is not model.is_frozen
    assert not trained or any(
        parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in trained
    )


def test_weights_make_the_round_trip(model: SegModel, request: pytest.FixtureRequest) -> None:
    torch.manual_seed(1)
    name = request.node.callspec.params["model"]
    other = build(name, config=model.config()).eval()
    other.load_state_dict(model.state_dict())
    x = torch.randn(1, 3, 40, 56)
    with torch.inference_mode():
        torch.testing.assert_close(other.features(x), model.features(x))


def test_one_image_does_not_influence_another_of_the_batch(model: SegModel) -> None:
    x = torch.randn(2, 3, 48, 48)
    with torch.inference_mode():
        both, alone = model.features(x), model.features(x[:1])
    torch.testing.assert_close(both[:1], alone, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nothing",
        "unet:nothing",
        "unet:tu-nothing",
        "features:nothing",
        "torchvision:nothing",
        "what:vgg11",
        "features:hf-hub:somebody/something",
        "dpt:resnet18",
        "dpt:tu-vit_small_patch14_dinov2",
        "features:maxvit_nano_rw_256",
    ],
)
def test_a_name_that_is_none_or_of_no_use_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(ModelNotBuilt, match="cannot be used") as refused:
        models.build(name, weights="imagenet")
    assert repr(name) in str(refused.value)
    assert "unet:resnet34" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_model_that_does_not_fit_into_the_memory_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to ...")

    monkeypatch.setattr("timm.create_model", full)
    with pytest.raises(NotEnoughMemory, match="not enough memory for the model features:resnet18"):
        models.build("features:resnet18")


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    "name",
    [
        "unet:resnet18",
        "unet:tu-resnet18",
        "features:resnet18",
        "torchvision:lraspp_mobilenet_v3_large",
    ],
)
def test_without_a_network_weights_are_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(DownloadError, match=r"could not be downloaded.*, or use the model"):
        models.build(name, weights="imagenet")


def test_what_the_library_cannot_read_is_refused_in_one_sentence(hub: Hub) -> None:
    hub.put_weights("timm/test_resnet.r160_in1k", "model.safetensors", b"no weights")
    with pytest.raises(DownloadError, match="The pretrained weights of features:test_resnet"):
        models.build("features:test_resnet", weights="imagenet")


@pytest.mark.parametrize("name", ["features:test_resnet", "unet:tu-test_resnet"])
def test_the_weights_that_were_published_are_those_of_the_model(
    hub: Hub, tmp_path: Path, name: str
) -> None:
    whole = timm.create_model("test_resnet").state_dict()
    save_file(whole, tmp_path / "model.safetensors")
    data = (tmp_path / "model.safetensors").read_bytes()
    published = hub.put_weights("timm/test_resnet.r160_in1k", "model.safetensors", data)
    told: list[tuple[int, int]] = []
    network = build(name, weights="imagenet", download=Download(lambda *both: told.append(both)))
    assert told[-1] == (len(data), len(data))
    assert published.asked == 1
    inside = network.backbone if name.startswith("features") else network.encoder.model
    torch.testing.assert_close(inside.state_dict()["conv1.0.weight"], whole["conv1.0.weight"])


def test_a_download_that_is_stopped_gives_no_model(hub: Hub) -> None:
    file = hub.put_weights(
        "timm/test_resnet.r160_in1k", "model.safetensors", bytes(900_000), stops_at=500_000
    )
    download = Download()
    stopper = threading.Thread(target=lambda: file.has_stopped.wait(20) and download.cancel())
    stopper.start()
    with pytest.raises(DownloadCancelled):
        build("features:test_resnet", weights="imagenet", download=download)
    stopper.join()


@pytest.mark.parametrize(
    ("name", "has_them"),
    [
        ("unet:resnet18", True),
        ("unet:tu-resnet18", True),
        ("features:resnet18", True),
        ("torchvision:lraspp_mobilenet_v3_large", True),
        ("unet:dpn68b", False),
        ("features:test_nothing", False),
        ("starter", False),
        ("filters", False),
    ],
)
def test_it_is_known_without_a_download_whether_weights_are_published(
    name: str, has_them: bool
) -> None:
    assert has_weights(name) is has_them


def test_weights_that_nobody_publishes_are_said() -> None:
    with pytest.raises(ModelNotBuilt, match=r"No pretrained weights .* unet:dpn68b"):
        models.build("unet:dpn68b", weights="imagenet")


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
def test_every_choice_has_a_download_exactly_if_weights_are_published(choice: ModelChoice) -> None:
    assert has_weights(choice.name) is (choice.megabytes > 0)


HALF = InputScale((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("features:resnet18", IMAGENET),
        ("features:vit_tiny_patch16_224", HALF),
        ("unet:tu-inception_v3", HALF),
        ("torchvision:lraspp_mobilenet_v3_large", IMAGENET),
        ("starter", None),
    ],
)
def test_the_input_is_scaled_as_it_was_when_the_weights_were_trained(
    name: str, scale: InputScale | None
) -> None:
    assert build(name).input_scale == scale


def test_weights_of_an_encoder_bring_their_scale_and_a_saved_model_keeps_it(
    tmp_path: Path, hub: Hub
) -> None:
    encoder = build("unet:resnet18").encoder.state_dict()
    save_file(encoder, tmp_path / "model.safetensors")
    told = {"mean": [127.5] * 3, "std": [51.0] * 3, "input_range": [0, 255]}
    weights, config = encoder_files("resnet18")
    at = f"{weights.repository}/resolve/{weights.revision}"
    hub.put(f"{at}/model.safetensors", (tmp_path / "model.safetensors").read_bytes())
    hub.put(f"{at}/config.json", json.dumps(told).encode())
    assert config.repository == weights.repository
    learner = Learner(classes=2, model="unet:resnet18", weights="imagenet", device="cpu")
    network = learner.source.network
    assert network is not None
    assert network.norms_fit
    assert network.input_scale == InputScale((0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
    torch.testing.assert_close(network.encoder.state_dict(), encoder)
    learner.save(tmp_path / "kept")
    again = Learner.load(tmp_path / "kept", device="cpu").source.network
    assert again is not None
    assert again.input_scale == network.input_scale


@pytest.mark.parametrize(
    ("name", "backbone"),
    [
        ("lraspp_mobilenet_v3_large", mobilenet_v3_large),
        ("deeplabv3_mobilenet_v3_large", mobilenet_v3_large),
        ("deeplabv3_resnet50", resnet50),
    ],
)
def test_a_published_backbone_is_loaded_without_running_what_is_in_its_file(
    name: str, backbone: Callable[[], nn.Module], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = backbone().state_dict()
    file = backbone_file(name)
    file.folder.mkdir(parents=True)
    file.path.write_bytes(b"it is read by what stands in for torch below")
    asked: dict[str, object] = {}

    def fetched(url: str, **options: object) -> dict[str, torch.Tensor]:
        asked.update(options, url=url)
        return state

    monkeypatch.setattr("torch.hub.load_state_dict_from_url", fetched)
    network = build(f"torchvision:{name}", weights="imagenet").network.backbone
    assert asked["weights_only"] is True
    assert asked["check_hash"] is True
    assert str(asked["url"]).rpartition("/")[2].startswith(name.partition("_")[2])
    first = next(iter(state.values()))
    torch.testing.assert_close(next(iter(network.state_dict().values())), first)


def test_pixels_are_scaled_by_the_network_s_numbers() -> None:
    image = np.full((4, 5, 3), 255, np.uint8)
    x = network_input(image, ImageStatistics.of(image), HALF, torch.device("cpu"))
    assert x.shape == (1, 3, 4, 5)
    assert (x == 1).all()


def test_models_of_earlier_programs_are_scaled_in_imagenet_s_way() -> None:
    assert build("features:vit_tiny_patch16_224", config={}).input_scale == IMAGENET


@pytest.mark.parametrize(
    "told",
    [
        {"mean": [0, 0, 0], "spread": [1, 0, 1]},
        {"mean": [0, 0], "spread": [1, 1]},
        {"mean": [0, 0, float("nan")], "spread": [1, 1, 1]},
    ],
)
def test_a_scale_that_makes_no_numbers_is_refused(told: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match="scale"):
        build("features:resnet18", config={"input": told})
