"""Crops are changed in light and shape, each change does something, and classes stay."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from segmodels.finetuning.augmentation import Strength, change_light, cut_out, warp_grid

STILL = Strength(turn=0, scale=0, elastic=0)
DARK = Strength(light=0, contrast=0, colour=0, gamma=0, noise=0, shadow=0)


def grids(strength: Strength, *, count: int = 64, size: int = 9, seen: int = 9) -> Tensor:
    return warp_grid(count, size, seen, torch.Generator().manual_seed(0), strength)


def axes(grid: Tensor) -> tuple[Tensor, Tensor]:
    """Where a step to the right, and one down, leads in the image: (count, 2) each."""
    return (grid[:, 4, 5] - grid[:, 4, 4]), (grid[:, 5, 4] - grid[:, 4, 4])


def test_changes_of_light_keep_the_shape_and_the_order_of_tones() -> None:
    random = torch.Generator().manual_seed(0)
    x = torch.linspace(-1, 1, 32).expand(4, 3, 32, 32).contiguous()
    changed = change_light(x, random, Strength())
    assert changed.shape == x.shape
    assert changed.isfinite().all()
    assert (changed[..., -6:].mean((1, 2, 3)) > changed[..., :6].mean((1, 2, 3))).all()


def test_cut_out_covers_a_square_and_leaves_its_input_alone() -> None:
    x = torch.randn(8, 3, 32, 32)
    before = x.clone()
    covered = (cut_out(x, torch.Generator().manual_seed(0), Strength()) != x).any(1)
    assert torch.equal(x, before)
    assert set(covered.flatten(1).sum(1).tolist()) == {0, 64}


@pytest.mark.parametrize("name", ["light", "contrast", "colour", "gamma", "noise", "shadow"])
def test_each_change_of_light_changes_something_by_itself(name: str) -> None:
    x = torch.linspace(-1, 1, 32).expand(4, 3, 32, 32).contiguous()
    random = torch.Generator().manual_seed(0)
    nothing = change_light(x, random, DARK)
    random = torch.Generator().manual_seed(0)
    changed = change_light(x, random, replace(DARK, **{name: getattr(Strength(), name)}))
    assert (changed - nothing).abs().amax((1, 2, 3)).median() > 0.02


def test_some_images_are_blurred_and_others_stay_sharp() -> None:
    x = torch.randn(32, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    changed = change_light(x, torch.Generator().manual_seed(0), DARK)
    kept = changed.std((1, 2, 3)) / x.std((1, 2, 3))
    assert (kept < 0.6).sum() > 3
    assert (kept > 0.9).sum() > 3


def test_a_grid_without_strength_is_a_flip_or_a_quarter_turn() -> None:
    grid = grids(STILL)
    assert torch.allclose(grid.abs().amax((1, 2, 3)), torch.full((64,), 8 / 9), atol=1e-5)


def test_half_of_the_crops_are_mirrored() -> None:
    right, down = axes(grids(STILL))
    handed = right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]
    assert 0.25 < (handed < 0).float().mean() < 0.75


def test_crops_are_turned_to_all_four_sides() -> None:
    _, down = axes(grids(STILL))
    sides = {(round(float(x)), round(float(y))) for x, y in down / down.norm(dim=1, keepdim=True)}
    assert sides == {(0, 1), (1, 0), (0, -1), (-1, 0)}


def test_crops_are_turned_a_little_more_than_to_a_side() -> None:
    _, down = axes(grids(replace(STILL, turn=0.5)))
    tilt = torch.atan2(down[:, 0], down[:, 1]).remainder(torch.pi / 2)
    tilt = torch.minimum(tilt, torch.pi / 2 - tilt)
    assert tilt.max() > 0.4
    assert tilt.max() < 0.51


def test_crops_are_enlarged_and_shrunk() -> None:
    right, _ = axes(grids(replace(STILL, scale=0.3)))
    zoom = right.norm(dim=1) / (2 / 9)
    assert 0.73 < zoom.min() < 0.85
    assert 1.2 < zoom.max() < 1.36


def test_crops_are_bent() -> None:
    grid = grids(replace(STILL, elastic=3), size=33, seen=33)
    steps = grid.diff(dim=2)
    assert (steps - steps.mean((1, 2), keepdim=True)).abs().amax((1, 2, 3)).min() > 0.01
    straight = grids(STILL, size=33, seen=33).diff(dim=2)
    assert (straight - straight.mean((1, 2), keepdim=True)).abs().max() < 1e-5


def test_a_crop_sees_its_own_size_of_the_larger_square() -> None:
    right, _ = axes(grids(STILL, size=9, seen=18))
    assert torch.allclose(right.norm(dim=1), torch.full((64,), 2 / 18))
