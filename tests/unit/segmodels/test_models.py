"""One contract for all networks: features for every pixel of images of any size."""

from __future__ import annotations

import pytest
import torch

from segmodels import DownloadError, models
from segmodels.models import SegModel
from segmodels.models.registry import build

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
    "name", ["", "nothing", "unet:nothing", "features:nothing", "torchvision:nothing", "what:vgg11"]
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"no|Wrong"):
        models.build(name)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("unet:resnet18", "segmentation_models_pytorch.create_model"),
        ("features:resnet18", "timm.create_model"),
        ("torchvision:lraspp_mobilenet_v3_large", "torch.hub.load_state_dict_from_url"),
    ],
)
def test_without_a_network_weights_are_refused_in_one_sentence(
    name: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("[Errno -2] Name or service not known")

    monkeypatch.setattr(place, offline)
    if name.startswith("torchvision"):
        monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", offline)
    with pytest.raises(DownloadError, match="could not be downloaded"):
        models.build(name, weights="imagenet")
