"""Heads applied to tiles: the same as on rows, in one thread or two."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from segmodels.errors import ModelBroken
from segmodels.fusion import FusedHead
from segmodels.head import PixelHead
from segmodels.normal import FeatureNormal
from segmodels.scoring import probabilities

CHANNELS, POSITION = 9, 2
NORMAL = FeatureNormal(torch.linspace(-3, 3, CHANNELS - POSITION), torch.linspace(0.5, 2, 7))


def a_head(inputs: int, *, hidden: int, has_base: bool = False) -> PixelHead:
    head = PixelHead(inputs, 4, hidden=hidden, has_base=has_base)
    torch.nn.init.normal_(head.last.weight)
    torch.nn.init.normal_(head.last.bias)
    head.mean.normal_()
    head.scale.uniform_(0.5, 2)
    head.seen.copy_(torch.tensor([True, True, True, False]))
    if head.base is not None:
        head.base.weight.normal_()
        head.base.bias.normal_()
    return head


def several_heads() -> FusedHead:
    """One on some features, one on others without hidden units, one on all relative ones."""
    some, others = torch.tensor([0, 3, 7, 8]), torch.tensor([1, 2, 4, 8])
    relative = torch.cat((CHANNELS + torch.arange(CHANNELS - POSITION), torch.tensor([7, 8])))
    heads = [a_head(4, hidden=5), a_head(4, hidden=0), a_head(9, hidden=6)]
    return FusedHead([some, others, relative], heads)


def a_published_head() -> FusedHead:
    return FusedHead([torch.arange(CHANNELS)], [a_head(CHANNELS, hidden=5, has_base=True)])


@pytest.mark.parametrize("make", [several_heads, a_published_head])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_tile_gets_what_its_rows_get(make, threads: int, some_threads) -> None:
    torch.manual_seed(0)
    head = make()
    rows = torch.randn(30_001, CHANNELS)
    some_threads(threads)
    found = probabilities(head, rows.T.half(), NORMAL)
    with torch.no_grad():
        expected = head(NORMAL.applied(rows)).exp().T
    assert found.shape == (4, 30_001)
    assert float((found - expected).abs().max()) < 0.1  # of numbers of 8 bits
    assert float((found - expected).abs().mean()) < 0.005
    assert not found[3].any()


def test_no_numbers_are_a_broken_model() -> None:
    features = torch.zeros(CHANNELS, 20_000)
    features[3, 19_000] = float("nan")
    with pytest.raises(ModelBroken, match="no numbers"):
        probabilities(several_heads(), features, NORMAL)


def test_an_error_beside_reaches_the_caller(monkeypatch: pytest.MonkeyPatch, some_threads) -> None:
    def fail(*_: object) -> Tensor:
        raise MemoryError

    some_threads(1)
    monkeypatch.setattr("segmodels.scoring._Layers.scores", fail)
    with pytest.raises(MemoryError):
        probabilities(several_heads(), torch.zeros(CHANNELS, 200), NORMAL)


@pytest.fixture
def some_threads():
    """Let torch use so many threads until the test ends."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)
