"""The differentiable fast path: solve a ridge head on strokes, score other pixels through it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from segmodels.starter.episodes import CLASSES


@dataclass(frozen=True)
class Batch:
    """`Episodes` as tensors on one device; the same shapes."""

    images: Tensor
    stroke_index: Tensor
    stroke_labels: Tensor
    stroke_weights: Tensor
    stroke_companions: Tensor
    scored_index: Tensor
    scored_labels: Tensor
    scored_weights: Tensor
    scored_companions: Tensor


class EpisodeLoss(nn.Module):
    """Loss of features on a batch of episodes; learns the ridge's strength and the temperature."""

    def __init__(self) -> None:
        super().__init__()
        self.log_ridge = nn.Parameter(torch.tensor(-4.0))
        self.log_temperature = nn.Parameter(torch.tensor(1.5))

    def scores(self, levels: list[tuple[Tensor, int]], batch: Batch) -> Tensor:
        """Give logits (P, n, CLASSES) float32 of the scored pixels.

        `levels` as `StarterNet.levels` gives them for the 2P images; without any, the companions
        stand alone.
        """
        strokes, scored = [batch.stroke_companions], [batch.scored_companions]
        for level, factor in levels:
            strokes.append(read_pixels(level, factor, batch.stroke_index))
            scored.append(read_pixels(level, factor, batch.scored_index))
        x, queries = _with_one(strokes), _with_one(scored)
        targets = functional.one_hot(batch.stroke_labels, CLASSES).float() * 2 - 1
        weighted = x * batch.stroke_weights[..., None]
        gram = weighted.transpose(1, 2) @ x
        ridge = self.log_ridge.exp() * torch.eye(x.shape[2], device=x.device)
        weights = torch.linalg.solve(gram + ridge, weighted.transpose(1, 2) @ targets)
        return self.log_temperature.exp() * (queries @ weights)

    def forward(self, levels: list[tuple[Tensor, int]], batch: Batch) -> Tensor:
        """Give the mean of cross-entropy plus one minus soft Dice, over classes with strokes."""
        logits = self.scores(levels, batch)
        present = functional.one_hot(batch.stroke_labels, CLASSES).amax(1).bool()
        logits = logits.masked_fill(~present[:, None], -30.0)
        labels, weights = batch.scored_labels, batch.scored_weights
        entropy = functional.cross_entropy(logits.transpose(1, 2), labels, reduction="none")
        truth = functional.one_hot(labels, CLASSES).float() * weights[..., None]
        guess = logits.softmax(2) * weights[..., None]
        overlap = 2 * (logits.softmax(2) * truth).sum(1)
        dice = (overlap + 1e-4) / (guess.sum(1) + truth.sum(1) + 1e-4)
        shortfall = ((1 - dice) * present).sum(1) / present.sum(1)
        return ((entropy * weights).sum(1) + shortfall).mean()


def mean_iou(logits: Tensor, batch: Batch) -> float:
    """Mean IoU of logits (P, n, CLASSES) on scored pixels, over the classes that strokes show."""
    present = functional.one_hot(batch.stroke_labels, CLASSES).amax(1).bool()
    guess = logits.masked_fill(~present[:, None], -30.0).argmax(2)
    weights = batch.scored_weights[..., None]
    guessed = functional.one_hot(guess, CLASSES).float()
    truth = functional.one_hot(batch.scored_labels, CLASSES).float()
    both = (guessed * truth * weights).sum(1)
    either = (torch.maximum(guessed, truth) * weights).sum(1)
    shares = both / either.clamp_min(1e-9)
    return float(((shares * present).sum(1) / present.sum(1)).mean())


def read_pixels(level: Tensor, factor: int, index: Tensor) -> Tensor:
    """Give (P, n, D) float32: `level` (2P, D, h, w) up-sampled bilinearly by `factor`, at pixels.

    `index` (P, n) counts the pixels of the two up-sampled images of each pair, row by row.
    """
    height, width = level.shape[-2:]
    pixels = level.permute(0, 2, 3, 1).reshape(-1, level.shape[1])
    pair = torch.arange(len(index), device=index.device)[:, None]
    image = 2 * pair + index // (height * width * factor**2)
    place = index % (height * width * factor**2)
    row = ((place // (width * factor) + 0.5) / factor - 0.5).clamp(0, height - 1)
    column = ((place % (width * factor) + 0.5) / factor - 0.5).clamp(0, width - 1)
    top, left = row.floor(), column.floor()
    total: Tensor | None = None
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)) if factor > 1 else ((0, 0),):
        y, x = (top + down).clamp_max(height - 1), (left + right).clamp_max(width - 1)
        share = (1 - (row - (top + down)).abs()) * (1 - (column - (left + right)).abs())
        source = image * height * width + (y * width + x).long()
        value = pixels.index_select(0, source.flatten()).float() * share.reshape(-1, 1)
        total = value if total is None else total + value
    assert total is not None
    return total.reshape(*index.shape, -1)


def _with_one(parts: list[Tensor]) -> Tensor:
    joined = torch.cat(parts, dim=2)
    return torch.cat([joined, torch.ones_like(joined[..., :1])], dim=2)
