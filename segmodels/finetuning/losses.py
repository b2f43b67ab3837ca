"""Losses over the labelled pixels only, each normalised by what is labelled.

A loss that averages over all pixels, or a Dice whose denominator holds the unlabelled ones, is
dominated by pixels about which nobody said anything.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from segmodels.finetuning.settings import LossKind
from segmodels.prediction import UNLABELLED


def partial_loss(
    logits: Tensor,
    labels: Tensor,
    class_weights: Tensor,
    *,
    kind: LossKind = "cross_entropy",
    dice_weight: float = 0.5,
) -> Tensor:
    """Give the scalar loss of logits (N, C, H, W) on labels (N, H, W) int64, 255 = unlabelled.

    `class_weights` (C,) float32; 0 for a class that was never painted takes it out of the scores.
    Zero when nothing is labelled. The kind "nll" is the negative log-likelihood of the softmax:
    that is what "cross_entropy" is, so both names give the same loss.
    """
    known = labels != UNLABELLED
    rows = logits.permute(0, 2, 3, 1)[known].float()
    if not len(rows):
        return logits.sum() * 0
    rows = rows.masked_fill(class_weights == 0, -1e4)
    targets = labels[known]
    weights = class_weights[targets]
    losses = _pixel_losses(rows, targets, kind)
    loss = (losses * weights).sum() / weights.sum()
    if dice_weight:
        loss = loss + dice_weight * _dice_loss(rows.softmax(1), targets, weights)
    return loss


def pseudo_loss(logits: Tensor, labels: Tensor, weights: Tensor, seen: Tensor) -> Tensor:
    """Cross-entropy against labels (N, H, W) int64 that a model gave, weighted per pixel (N, H, W).

    Normalised by the number of pixels, so that it counts little where the model is seldom sure.
    """
    scores = logits.float().masked_fill(~seen[:, None, None], -1e4)
    losses = functional.cross_entropy(scores, labels, reduction="none", ignore_index=UNLABELLED)
    return (losses * weights).mean()


def _pixel_losses(rows: Tensor, targets: Tensor, kind: LossKind) -> Tensor:
    if kind == "focal":
        entropy = functional.cross_entropy(rows, targets, reduction="none")
        return (1 - torch.exp(-entropy)) ** 2 * entropy
    if kind == "mse":
        truth = functional.one_hot(targets, rows.shape[1]).float()
        return (rows.softmax(1) - truth).square().sum(1)
    return functional.cross_entropy(rows, targets, reduction="none")


def _dice_loss(probabilities: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """One minus the soft Dice over labelled pixels, mean over the classes that are labelled."""
    truth = functional.one_hot(targets, probabilities.shape[1]).float() * weights[:, None]
    guess = probabilities * weights[:, None]
    overlap = 2 * (probabilities * truth).sum(0)
    dice = (overlap + 1e-4) / (guess.sum(0) + truth.sum(0) + 1e-4)
    present = truth.sum(0) > 0
    return 1 - dice[present].mean()
