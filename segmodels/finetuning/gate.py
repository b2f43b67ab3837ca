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
_LEAST_UNITS = 3


@dataclass(frozen=True)
class Judgement:
    """On held-out labelled pixels: the mean IoU, and -log p, class-balanced.

    `losses` are those of the units that have held-out pixels: images, or the groups that belong
    together, as the images of one patient, which are alike. `loss` is that of all pixels.
    """

    mean_iou: float
    loss: float
    losses: tuple[float, ...] = ()

    def is_gain_over(self, other: Judgement) -> bool:
        """Whether it is surer of what is true and no less right, on more than one unit by chance.

        Of the same units. The mean gain of three and more must exceed its standard error (a paired
        test); with fewer the loss must fall by a tenth.
        """
        if self.mean_iou < other.mean_iou - 0.002:
            return False
        if len(self.losses) < _LEAST_UNITS:
            return self.loss < 0.9 * other.loss
        gains = np.subtract(other.losses, self.losses)
        error = float(gains.std(ddof=1)) / len(gains) ** 0.5
        return self.loss < other.loss and float(gains.mean()) > error


def judge_steps(
    kept: Sequence[LabelledPixels],
    judged: Sequence[LabelledPixels],
    groups: Groups,
    *,
    units: Sequence[str],
    classes: int,
    head: HeadSettings,
    limit: int,
    device: torch.device,
    seed: int,
) -> Generator[None, None, Judgement | None]:
    """Solve a head on the pixels that are `kept` and score those `judged`; yields in between.

    `units` names what each image of `judged` belongs to.
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
    counts = [len(pixels.labels) for pixels in judged]
    return judgement_of(scores, truth, np.repeat(np.array(units), counts), classes)


def judgement_of(
    scores: Tensor, truth: NDArray[np.uint8], units: NDArray[np.str_], classes: int
) -> Judgement:
    """Judge pixels by their scores (n, classes); `truth` (n,) and what each belongs to, (n,)."""
    found = scores.argmax(1).numpy().astype(np.uint8)
    targets = torch.from_numpy(truth.astype(np.int64))
    losses = functional.cross_entropy(scores, targets, reduction="none").numpy()
    own = (units == unit for unit in np.unique(units))
    return Judgement(
        Scores(confusion_matrix(truth, found, classes=classes)).mean_iou,
        _balanced(losses, truth),
        tuple(_balanced(losses[mask], truth[mask]) for mask in own),
    )


def _balanced(losses: NDArray[np.float32], truth: NDArray[np.uint8]) -> float:
    """Give the mean in which each class counts the same."""
    return float(np.mean([losses[truth == value].mean() for value in np.unique(truth)]))
