"""A steadier head: the mean of the heads that a session went through.

Corrections show what the last head got wrong, so the strokes of one image may pull the next head
far to one side. The mean over time gives way less (Polyak and Juditsky 1992). As each head was
solved from the one before, their weights can be averaged in place of their probabilities, which
costs nothing (Izmailov et al. 2018).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

import torch

from segmodels.fusion import FusedHead

LEAST_IMAGES = 2
"""What was solved on one image knows too little to count in the mean."""
_MEMORY = 4
"""How many times what the newest image counts all before it may count."""


class _Mean(NamedTuple):
    head: FusedHead
    weight: float

    def with_more(self, other: _Mean) -> _Mean:
        """Give the mean of both, on the standardisation of the other."""
        weight = self.weight + other.weight
        head = copy.deepcopy(other.head)
        for (_, new), (_, old) in zip(head.parts(), self.head.parts(), strict=True):
            old = copy.deepcopy(old)
            old.restandardise(new.mean, new.scale)
            with torch.no_grad():
                for value, before in zip(new.parameters(), old.parameters(), strict=True):
                    value.lerp_(before, self.weight / weight)
        return _Mean(head, weight)


class SteadyHead:
    """The mean of heads: an image counts as much as there were images before it.

    Of the heads solved while an image was painted a mean counts, in which the k-th counts k times.
    Not thread-safe.
    """

    def __init__(self, head: FusedHead | None = None, weight: float = 0.0) -> None:
        self._past = None if head is None else _Mean(head, weight)
        self._image: _Mean | None = None
        self._images = 0
        self._heads = 0

    @property
    def head(self) -> FusedHead | None:
        """The mean, or None while there are too few images."""
        mean = self._mean()
        return None if mean is None else mean.head

    @property
    def weight(self) -> float:
        """How much the mean counts beside heads to come; `SteadyHead(head, weight)` goes on."""
        mean = self._mean()
        return 0.0 if mean is None else mean.weight

    def begin(self, head: FusedHead) -> None:
        """Stand by a head until there is one to count."""
        self.clear()
        self._past = _Mean(head, 0.0)

    def add(self, head: FusedHead, images: int) -> None:
        """Take part of a head solved on so many images. One of another shape, or that has seen
        other classes, starts anew: what is painted for the first time must work at once.
        """
        if images < LEAST_IMAGES or not all(_is_like(mean, head) for mean in self._means()):
            self.clear()
        if images < LEAST_IMAGES:
            return
        if images != self._images:
            self._past, self._image = self._mean(), None
            self._images, self._heads = images, 0
        self._heads += 1
        new = _Mean(copy.deepcopy(head), float(self._heads))
        self._image = new if self._image is None else self._image.with_more(new)

    def clear(self) -> None:
        """Forget all heads."""
        self._past, self._image = None, None
        self._images, self._heads = 0, 0

    def renumbered(self, ids: Sequence[int], classes: int) -> SteadyHead:
        """Give the mean for so many classes: class k is now `ids[k]`; -1: it is dropped."""
        mean = self._mean()
        if mean is None:
            return SteadyHead()
        return SteadyHead(mean.head.renumbered(ids, classes), mean.weight)

    def to(self, device: torch.device) -> SteadyHead:
        """Move to a device."""
        for mean in self._means():
            mean.head.to(device)
        return self

    def _means(self) -> list[_Mean]:
        return [mean for mean in (self._past, self._image) if mean is not None]

    def _mean(self) -> _Mean | None:
        if self._image is None:
            return self._past
        image = self._image._replace(weight=self._images - 1.0)
        if self._past is None:
            return image
        weight = min(self._past.weight, _MEMORY * image.weight)
        return self._past._replace(weight=weight).with_more(image)


def _is_like(mean: _Mean, head: FusedHead) -> bool:
    """Whether a mean can be taken with a head: the same features, shape, and classes seen."""
    return mean.head.config() == head.config() and all(
        torch.equal(one_group, other_group) and torch.equal(one.seen, other.seen)
        for (one_group, one), (other_group, other) in zip(
            mean.head.parts(), head.parts(), strict=True
        )
    )
