"""The surroundings are computed once for a region, and its features are those of the network."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from segmodels.starter import region as regions
from segmodels.starter.network import StarterConfig, StarterNet
from segmodels.starter.region import region_steps
from segmodels.steps import run
from segmodels.tiles import Box

HEIGHT, WIDTH = 139, 203


@pytest.fixture(scope="module")
def net() -> StarterNet:
    torch.manual_seed(2)
    return StarterNet(StarterConfig(widths=(8, 8, 8, 8, 8, 8), fine=3, half=4, coarse=2)).folded()


@pytest.fixture(scope="module")
def picture() -> Tensor:
    return torch.randn(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "box",
    [
        Box(0, 0, WIDTH, HEIGHT),
        Box(37, 53, 111, 122),
        Box(WIDTH - 9, HEIGHT - 1, WIDTH, HEIGHT),
        Box(0, 71, 33, 72),
    ],
)
def test_a_box_of_a_region_has_the_features_of_the_whole(
    net: StarterNet, picture: Tensor, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions, "_PIECE", 32)
    with torch.inference_mode():
        whole = net.features(picture)[0, :, *box.slices]
    found = run(region_steps(net, picture)).parts(box)
    assert [len(part) for part in found] == [3, 4, 2]
    torch.testing.assert_close(torch.cat(found), whole, atol=1e-4, rtol=1e-4)


def test_looking_at_a_region_is_cut_into_slices(net: StarterNet, picture: Tensor) -> None:
    assert sum(1 for _ in region_steps(net, picture)) > 10
