"""Changes of crops that leave their classes as they are, on batches of tensors."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Strength:
    """How far the changes go: geometry in shares and pixels, light in units of the spread."""

    turn: float = 0.5
    scale: float = 0.3
    elastic: float = 3.0
    light: float = 0.4
    contrast: float = 0.3
    colour: float = 0.15
    gamma: float = 0.3
    noise: float = 0.15
    shadow: float = 0.5
    cut_out: float = 0.25


def warp_grid(
    count: int, size: int, seen: int, random: torch.Generator, strength: Strength
) -> Tensor:
    """Give a sampling grid (count, size, size, 2) into squares of `seen` pixels: geometry.

    Flip, turn, scale and elastic; positions in -1..1 as `grid_sample` takes them.
    """
    flip = torch.where(torch.rand(count, generator=random) < 0.5, -1.0, 1.0)
    quarter = torch.randint(4, (count,), generator=random) * (torch.pi / 2)
    angle = quarter + strength.turn * _spread(count, random)
    zoom = torch.exp(strength.scale * _spread(count, random)) * (size / seen)
    cosine, sine = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    zero = torch.zeros(count)
    matrix = torch.stack((cosine * flip, -sine, zero, sine * flip, cosine, zero), 1)
    grid = functional.affine_grid(matrix.view(-1, 2, 3), [count, 3, size, size], False)
    coarse = torch.randn(count, 2, 5, 5, generator=random) * (strength.elastic * 2 / seen)
    bend = functional.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=True)
    return grid + bend.permute(0, 2, 3, 1)


def change_light(x: Tensor, random: torch.Generator, strength: Strength) -> Tensor:
    """Change standardised images (N, 3, H, W): contrast, gamma, colour, shadow, blur, noise."""
    count = len(x)

    def draw(width: int = 1) -> Tensor:
        return _spread(count * width, random).view(count, width, 1, 1).to(x.device)

    contrast = torch.exp(strength.contrast * draw() + strength.colour * draw(3))
    x = x * contrast + strength.light * draw() + strength.colour * draw(3)
    x = _with_gamma(x, torch.exp(strength.gamma * draw()))
    x = _with_shadow(x, strength.shadow * draw().abs(), random)
    x = torch.where(draw() > 0.5, functional.avg_pool2d(x, 3, 1, 1), x)
    noise = torch.randn(x.shape, generator=random).to(x.device)
    return x + noise * (strength.noise * draw().abs())


def cut_out(x: Tensor, random: torch.Generator, strength: Strength) -> Tensor:
    """Cover a square of each image with its mean; what is under it is to be told from around."""
    x = x.clone()
    height, width = x.shape[-2:]
    side = int(min(height, width) * strength.cut_out)
    for image in x:
        if side and torch.rand((), generator=random) < 0.5:
            y = int(torch.randint(height - side + 1, (), generator=random))
            left = int(torch.randint(width - side + 1, (), generator=random))
            image[:, y : y + side, left : left + side] = image.mean(dim=(1, 2), keepdim=True)
    return x


def _with_gamma(x: Tensor, gamma: Tensor) -> Tensor:
    """Bend the tone curve; black and white of the crop stay where they are."""
    low, high = x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True)
    span = (high - low).clamp_min(1e-3)
    return low + span * ((x - low) / span).clamp_min(1e-4) ** gamma


def _with_shadow(x: Tensor, depth: Tensor, random: torch.Generator) -> Tensor:
    """Darken along a smooth random field."""
    coarse = torch.randn(len(x), 1, 4, 4, generator=random).to(x.device)
    field = functional.interpolate(coarse, size=x.shape[-2:], mode="bicubic", align_corners=True)
    return x - depth * field.sigmoid()


def _spread(count: int, random: torch.Generator) -> Tensor:
    """Uniform numbers -1..1."""
    return torch.rand(count, generator=random) * 2 - 1
