"""Whether a network is better than another: each gets a head solved, and judges held-out pixels."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from segmodels.fusion import Groups, solve_fused_steps
from segmodels.head import HeadSettings
from segmodels.metrics import Scores, confusion_matrix
from segmodels.samples import LabelledPixels, gather

_LEAST_PIXELS = 20


@dataclass(frozen=True)
class Judgement:
    """On held-out labelled pixels: the mean IoU, and the class-balanced mean of -log p."""

    mean_iou: float
    loss: float

    def is_gain_over(self, other: Judgement) -> bool:
        """Whether it is surer of what is true and no less right, or clearly more right."""
        is_surer = self.loss < other.loss and self.mean_iou >= other.mean_iou - 0.002
        is_more_right = self.mean_iou > other.mean_iou + 0.01 and self.loss < 1.1 * other.loss
        return is_surer or is_more_right


def judge_steps(
    kept: Sequence[LabelledPixels],
    judged: Sequence[LabelledPixels],
    groups: Groups,
    *,
    classes: int,
    head: HeadSettings,
    limit: int,
    device: torch.device,
    seed: int,
) -> Generator[None, None, Judgement | None]:
    """Solve a head on the pixels that are `kept` and score those `judged`; yields in between.

    None when too few pixels, or those of one class only, are there to learn or to judge.
    """
    kept = [pixels for pixels in kept if pixels.labels.size]
    truth = np.concatenate([pixels.labels for pixels in judged])
    if not kept or len(truth) < _LEAST_PIXELS:
        return None
    learned = gather(kept, limit=limit, seed=seed)
    known = set(learned.labels.tolist())
    if len(known) < 2 or len(known & set(truth.tolist())) < 2:
        return None
    solved, _ = yield from solve_fused_steps(
        learned.to(device), groups, classes=classes, settings=head, seed=seed
    )
    rows = torch.cat([pixels.features for pixels in judged])
    with torch.inference_mode():
        scores = solved(rows.to(device)).float().cpu().clamp_min(-20)
    return _judgement(scores, truth, classes)


def _judgement(scores: Tensor, truth: NDArray[np.uint8], classes: int) -> Judgement:
    found = scores.argmax(1).numpy().astype(np.uint8)
    targets = torch.from_numpy(truth.astype(np.int64))
    losses = functional.cross_entropy(scores, targets, reduction="none").numpy()
    balanced = [float(losses[truth == value].mean()) for value in np.unique(truth)]
    confusion = confusion_matrix(truth, found, classes=classes)
    return Judgement(Scores(confusion).mean_iou, float(np.mean(balanced)))
