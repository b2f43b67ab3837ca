"""The starter network's contract: any size, the same answer twice, the weights that ship."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
import torch
from safetensors.torch import load

from segmodels.starter.network import StarterConfig, StarterNet, standardise
from segmodels.starter.solve import read_pixels

SMALL = StarterConfig(widths=(8, 8, 8, 8, 8), fine=3, half=4, coarse=2)


@pytest.fixture
def net() -> StarterNet:
    torch.manual_seed(1)
    net = StarterNet(SMALL)
    for norm in net.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_mean.normal_(0, 0.1)
            norm.running_var.uniform_(0.5, 2)
    return net.eval()


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (16, 16), (33, 47), (64, 100)])
@torch.inference_mode()
def test_features_have_the_size_of_the_image(net: StarterNet, size: tuple[int, int]) -> None:
    assert net.features(torch.randn(2, 3, *size)).shape == (2, net.feature_channels, *size)


@torch.inference_mode()
def test_features_are_the_same_twice_and_alone(net: StarterNet) -> None:
    x = torch.randn(2, 3, 40, 56)
    both = net.features(x)
    torch.testing.assert_close(net.features(x), both, rtol=0, atol=0)
    torch.testing.assert_close(net.features(x[1:]), both[1:])


@torch.inference_mode()
def test_folding_the_norms_keeps_the_features(net: StarterNet) -> None:
    x = torch.randn(1, 3, 40, 56)
    torch.testing.assert_close(net.folded().features(x), net.features(x), rtol=1e-4, atol=1e-4)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in net.folded().modules())


@torch.inference_mode()
def test_pixels_read_from_levels_are_those_of_the_features(net: StarterNet) -> None:
    x = torch.randn(4, 3, 32, 32)
    index = torch.randint(0, 2 * 32 * 32, (2, 300))
    read = torch.cat([read_pixels(level, by, index) for level, by in net.levels(x)], dim=2)
    pixels = net.features(x).permute(0, 2, 3, 1).reshape(2, -1, net.feature_channels)
    whole = torch.stack([own[chosen] for own, chosen in zip(pixels, index, strict=True)])
    torch.testing.assert_close(read, whole)


def test_standardised_images_have_no_mean_and_one_spread() -> None:
    image = torch.randint(0, 256, (2, 3, 20, 30), dtype=torch.uint8)
    x = standardise(image)
    assert x.dtype == torch.float32
    torch.testing.assert_close(x.mean(dim=(2, 3)), torch.zeros(2, 3), rtol=0, atol=1e-4)
    torch.testing.assert_close(x.square().mean(dim=(1, 2, 3)), torch.ones(2), rtol=1e-4, atol=0)


def test_a_flat_image_is_standardised_to_zeros() -> None:
    assert (standardise(torch.full((1, 3, 8, 8), 77, dtype=torch.uint8)) == 0).all()


def test_a_config_survives_json() -> None:
    assert StarterConfig.from_dict(json.loads(json.dumps(SMALL.to_dict()))) == SMALL


def test_a_config_with_unknown_keys_is_refused() -> None:
    with pytest.raises(TypeError):
        StarterConfig.from_dict({"widths": [8, 8, 8, 8, 8], "colour": 3})


def test_the_weights_that_ship_fit_their_card_and_are_small() -> None:
    weights = (files("resources") / "starter.safetensors").read_bytes()
    card = json.loads((files("resources") / "starter.json").read_text("utf-8"))
    assert len(weights) < 10_000_000
    assert {"licence", "made_by", "made_on", "seed", "steps", "curve"} <= set(card)
    net = StarterNet(StarterConfig.from_dict(card["config"]))
    net.load_state_dict(load(weights))
    with torch.inference_mode():
        features = net.eval().features(standardise(torch.randint(0, 256, (1, 3, 64, 64))))
    assert torch.isfinite(features).all()
