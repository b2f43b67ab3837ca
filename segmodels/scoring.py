"""From the features of pixels to their class: the head applied to whole tiles."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from segmodels.beside import beside
from segmodels.device import fast_dtype
from segmodels.errors import ModelBroken
from segmodels.fusion import FusedHead
from segmodels.normal import FeatureNormal

Scored = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]

_PIXELS_PER_BLOCK = 8_192
"""What a head makes of so many pixels stays in the processor's cache."""


def probabilities(head: FusedHead, features: Tensor, normal: FeatureNormal) -> Tensor:
    """Give (C, pixels) float32 for features (D, pixels) of the image that `normal` is of.

    Any thread. Raises ModelBroken when they are no numbers.
    """
    return Scoring(head, features, normal).result()


class Scoring:
    """`probabilities` in the making: the second thread begins at once, `result` helps it."""

    @torch.inference_mode()
    def __init__(self, head: FusedHead, features: Tensor, normal: FeatureNormal) -> None:
        self._layers = _Layers.of(head, normal, features.shape[0], fast_dtype(features.device.type))
        self._found = torch.empty((head.classes, features.shape[1]), device=features.device)
        on_cpu, threads = features.device.type == "cpu", torch.get_num_threads()
        block = _PIXELS_PER_BLOCK * threads if on_cpu else max(features.shape[1], 1)
        parts = features.split(block, dim=1), self._found.split(block, dim=1)
        self._blocks = deque(zip(*parts, strict=True))
        # With more than one thread torch shares the work out itself.
        self._help = beside(self._work) if on_cpu and threads == 1 else None

    def result(self) -> Tensor:
        """Give (C, pixels) float32. Raises ModelBroken when they are no numbers."""
        self._work()
        if self._help is not None and not self._help.cancel():
            self._help.result()
        if bool(self._found.isnan().any()):
            raise ModelBroken("The model gives no numbers any more.")
        return self._found

    @torch.inference_mode()
    def _work(self) -> None:
        """Do blocks until none is left; two threads may."""
        with suppress(IndexError):
            while True:
                features, place = self._blocks.popleft()
                place.copy_(self._layers.scores(features).softmax(dim=1).mean(0))


@torch.inference_mode()
def ranked(found: Tensor) -> Scored:
    """Give labels, confidence and runner-up, each (...) uint8, for probabilities (C, ...)."""
    top, classes = found.topk(min(2, found.shape[0]), dim=0)
    confidence = (top[0] * 255).round().clamp(0, 255)
    return (
        classes[0].to(torch.uint8).cpu().numpy(),
        confidence.to(torch.uint8).cpu().numpy(),
        classes[-1].to(torch.uint8).cpu().numpy(),
    )


@dataclass(frozen=True, eq=False)
class _Layers:
    """All heads as two layers on the features as they are: one product each in place of many.

    What the heads do to the features first (their standardisation, and that of the image) is
    folded in. `first` (K, D) gives the hidden units of all heads, then the scores that are linear:
    of heads without hidden units, and of class layers that stand fast. `second` (heads * C, K).
    """

    first: Tensor
    first_bias: Tensor
    hidden: int
    second: Tensor
    second_bias: Tensor
    unseen: Tensor

    @classmethod
    def of(
        cls, head: FusedHead, normal: FeatureNormal, channels: int, dtype: torch.dtype
    ) -> _Layers:
        """Join the heads for an image whose features (as they are) are so many `channels`."""
        parts = head.parts()
        unseen = torch.stack([~part.seen for _, part in parts])
        bias = torch.zeros(unseen.shape, device=unseen.device)
        hidden: list[_Rows] = []
        linear: list[_Rows] = []
        for number, (group, part) in enumerate(parts):
            weight, start, columns = normal.folded(*part.folded(), group, channels)
            wide = weight.new_zeros(len(weight), channels)
            wide[:, columns] = weight
            if part.hidden:
                hidden.append(_Rows(number, wide, start, part.last.weight))
                bias[number] = part.last.bias
            else:
                linear.append(_Rows(number, wide, start, torch.eye(len(wide)).to(wide)))
            if part.base is not None:
                base = weight.new_zeros(part.classes, channels)
                base[:, columns] = part.base.weight
                linear.append(_Rows(number, base, part.base.bias, torch.eye(len(base)).to(base)))
        rows = hidden + linear
        first = torch.cat([row.weight for row in rows])
        second = first.new_zeros(*unseen.shape, len(first))
        at = 0
        for row in rows:
            second[row.head, :, at : at + len(row.weight)] = row.onward
            at += len(row.weight)
        return cls(
            first.to(dtype),
            torch.cat([row.bias for row in rows]).to(dtype)[:, None],
            sum(len(row.weight) for row in hidden),
            second.flatten(0, 1).to(dtype),
            bias[..., None],
            unseen[..., None],
        )

    def scores(self, features: Tensor) -> Tensor:
        """Give (heads, C, pixels) float32 for features (D, pixels)."""
        x = (self.first @ features.to(self.first.dtype)).add_(self.first_bias)
        functional.silu(x[: self.hidden], inplace=True)
        scores = (self.second @ x).float().unflatten(0, self.unseen.shape[:2])
        return scores.add_(self.second_bias).masked_fill_(self.unseen, float("-inf"))


class _Rows(NamedTuple):
    """Rows of the first layer, and what a head does with them."""

    head: int
    weight: Tensor
    bias: Tensor
    onward: Tensor
