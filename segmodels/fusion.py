"""Several heads, each on a part of the features, whose probabilities are averaged.

Solved apart, fixed and learned features do not lean on each other: with the few strokes there are,
that is better than one head on all of them.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from segmodels.beside import Begun
from segmodels.head import HeadFit, HeadSettings, PixelHead
from segmodels.samples import HeadSample
from segmodels.steps import run

Groups = Sequence[Tensor]
"""For each head the indices (d,) int64 of the features that it sees."""


class FusedHead(nn.Module):
    """Log probabilities for rows of features (n, D) -> (n, C); -inf for classes never seen."""

    def __init__(self, groups: Groups, heads: Sequence[PixelHead]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)
        for number, group in enumerate(groups):
            self.register_buffer(f"group_{number}", group)

    @classmethod
    def from_config(cls, config: Sequence[dict[str, Any]]) -> FusedHead:
        """Build the like of a head that gave that config."""
        heads = [PixelHead(**part) for part in config]
        return cls([torch.zeros(head.inputs, dtype=torch.int64) for head in heads], heads)

    def config(self) -> list[dict[str, Any]]:
        """Give plain values for JSON."""
        return [head.config() for _, head in self.parts()]

    def parts(self) -> list[tuple[Tensor, PixelHead]]:
        """Give each head and the indices of its features."""
        parts = []
        for number, head in enumerate(self.heads):
            assert isinstance(head, PixelHead)
            parts.append((self.get_buffer(f"group_{number}"), head))
        return parts

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.parts()[0][1].classes

    @property
    def has_base(self) -> bool:
        """Whether it knows classes that need no strokes."""
        return any(head.base is not None for _, head in self.parts())

    @property
    def known_classes(self) -> tuple[int, ...]:
        """The classes that it can tell."""
        (_, head), *_ = self.parts()
        return tuple(head.seen.nonzero().flatten().tolist())

    def sees(self, groups: Groups) -> bool:
        """Whether these are the features that its heads see."""
        own = [group for group, _ in self.parts()]
        return len(own) == len(groups) and all(map(torch.equal, own, groups))

    def with_classes(self, classes: int) -> FusedHead:
        """Give a head with more classes; the old ones stay as they are."""
        return self.renumbered(range(self.classes), classes)

    def renumbered(self, ids: Sequence[int], classes: int) -> FusedHead:
        """Give a head of so many classes in which class k is now `ids[k]`."""
        parts = self.parts()
        return FusedHead(
            [group for group, _ in parts], [head.renumbered(ids, classes) for _, head in parts]
        )

    def ignore(self, features: Tensor) -> None:
        """Give those features (indices) no weight."""
        for group, head in self.parts():
            head.ignore(torch.isin(group, features.to(group.device)))

    def forward(self, rows: Tensor) -> Tensor:
        """Give log probabilities (n, C) float32."""
        scores = torch.stack([head(rows[:, group]) for group, head in self.parts()])
        return scores.softmax(dim=-1).mean(0).log()


def solve_fused_steps(
    sample: HeadSample,
    groups: Groups,
    *,
    classes: int,
    settings: HeadSettings,
    start: FusedHead | None = None,
    seed: int = 0,
) -> Generator[None, None, tuple[FusedHead, float]]:
    """Fit a head on each group of features; yields in between. Gives the mean of their losses."""
    before: list[PixelHead | None] = [None] * len(groups)
    if start is not None and len(start.heads) == len(groups):
        before = [head for _, head in start.parts()]
    fits = [
        HeadFit(
            HeadSample(sample.rows[:, group], sample.labels, sample.weights),
            classes=classes,
            settings=settings,
            start=old,
            seed=seed + number,
        )
        for number, (group, old) in enumerate(zip(groups, before, strict=True))
    ]
    # The last sees the most features. With more than one thread torch shares the work out itself.
    has_help = sample.rows.device.type == "cpu" and torch.get_num_threads() == 1
    last = Begun(lambda: run(fits[-1].steps())) if has_help and len(fits) > 1 else None
    losses = []
    for fit in fits if last is None else fits[:-1]:
        losses.append((yield from fit.steps()))
        yield
    if last is not None:
        losses.append(last.result())
    return FusedHead(groups, [fit.head for fit in fits]), sum(losses) / len(losses)
