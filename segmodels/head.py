"""The pixel head: a very small network from features to class scores, solved rather than trained.

All kinds are fitted to the whole (weighted) sample at once by L-BFGS, which for a few thousand
stroke pixels takes a fraction of a second; ridge has a closed form. Solving again starts from the
last solution.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from segmodels.optimisers import LBFGS
from segmodels.samples import HeadSample
from segmodels.steps import run

_ITERATIONS_PER_SLICE = 10

HeadKind = Literal["mlp", "logistic", "ridge"]


@dataclass(frozen=True)
class HeadSettings:
    """Shape and fit of a `PixelHead`.

    `decay` is the weight of the squared weights in the loss, which is a mean over the sample.
    """

    kind: HeadKind = "mlp"
    hidden: int = 48
    iterations: int = 20
    warm_iterations: int = 10
    decay: float = 1e-4
    ridge: float = 1e-2


class BaseScores(nn.Module):
    """The class layer of a published model, which stands fast while a head is solved beside it.

    A linear map of the features (not standardised) to scores; `known` (C,) bool are its classes.
    """

    weight: Tensor
    bias: Tensor
    known: Tensor

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(classes, inputs))
        self.register_buffer("bias", torch.zeros(classes))
        self.register_buffer("known", torch.zeros(classes, dtype=torch.bool))


class PixelHead(nn.Module):
    """Class scores for rows of features (n, D) -> (n, C). Classes not seen get no probability.

    With a `base`, what is solved is added to its scores: classes that nobody painted stay known.

    The features' mean and spread are part of it, so that the weights of a warm start stay right
    when the sample changes.
    """

    mean: Tensor
    scale: Tensor
    seen: Tensor
    last: nn.Linear

    def __init__(self, inputs: int, classes: int, *, hidden: int, has_base: bool = False) -> None:
        super().__init__()
        self.inputs, self.classes, self.hidden = inputs, classes, hidden
        self.base = BaseScores(inputs, classes) if has_base else None
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.register_buffer("seen", torch.zeros(classes, dtype=torch.bool))
        self.first = nn.Linear(inputs, hidden) if hidden else None
        self.last = nn.Linear(hidden or inputs, classes)
        nn.init.zeros_(self.last.bias)

    def config(self) -> dict[str, Any]:
        """Give what `PixelHead(**config)` needs to build its like."""
        return {
            "inputs": self.inputs,
            "classes": self.classes,
            "hidden": self.hidden,
            "has_base": self.base is not None,
        }

    def forward(self, rows: Tensor) -> Tensor:
        """Give scores (n, C) float32 for features (n, D); -inf for classes never seen."""
        rows = rows.float()
        return self.scores((rows - self.mean) / self.scale, self.base_scores(rows)).T

    def base_scores(self, rows: Tensor) -> Tensor | None:
        """Give the scores (C, n) that stand fast, or None when there are no such."""
        return None if self.base is None else self.base.weight @ rows.T + self.base.bias[:, None]

    def scores(self, standardised: Tensor, base: Tensor | None) -> Tensor:
        """Give scores (C, n) for features (n, D) that are standardised already.

        Classes come first: over a few numbers that lie side by side a softmax is slow.
        """
        x = standardised if self.first is None else functional.silu(self.first(standardised))
        scores = torch.addmm(self.last.bias[:, None], self.last.weight, x.T)
        if base is not None:
            scores = scores + base
        return scores.masked_fill(~self.seen[:, None], float("-inf"))

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight (O, D) and bias (O,) of the first layer for features that are not standardised."""
        layer = self.first or self.last
        weight = layer.weight / self.scale
        return weight, layer.bias - weight @ self.mean

    def restandardise(self, mean: Tensor, scale: Tensor) -> None:
        """Take another mean and spread without changing what the head computes."""
        weight, bias = self.folded()
        layer = self.first or self.last
        with torch.no_grad():
            layer.bias.copy_(bias + weight @ mean)
            layer.weight.copy_(weight * scale)
        self.mean.copy_(mean)
        self.scale.copy_(scale)

    def ignore(self, features: Tensor) -> None:
        """Give the features of a mask (D,) bool no weight."""
        with torch.no_grad():
            (self.first or self.last).weight[:, features] = 0

    def with_classes(self, classes: int) -> PixelHead:
        """Give a head with more classes; the old ones keep their weights."""
        return self.renumbered(range(self.classes), classes)

    def renumbered(self, ids: Sequence[int], classes: int) -> PixelHead:
        """Give a head of so many classes in which class k is now `ids[k]`; -1: it is dropped."""
        grown = PixelHead(**{**self.config(), "classes": classes})
        state = self.state_dict()
        kept = torch.tensor([k for k, number in enumerate(ids) if number >= 0])
        places = torch.tensor([number for number in ids if number >= 0])
        for key, fresh in grown.state_dict().items():
            if key.startswith(("last.", "base.", "seen")):
                larger = fresh.clone().to(state[key].device)
                larger[places.to(larger.device)] = state[key][kept.to(larger.device)]
                state[key] = larger
        grown.load_state_dict(state)
        return grown.to(self.mean.device)


def solve_head(sample: HeadSample, **options: Any) -> tuple[PixelHead, float]:
    """Same as `solve_head_steps`, to the end."""
    return run(solve_head_steps(sample, **options))


def solve_head_steps(
    sample: HeadSample,
    *,
    classes: int,
    settings: HeadSettings = HeadSettings(),
    start: PixelHead | None = None,
    seed: int = 0,
) -> Generator[None, None, tuple[PixelHead, float]]:
    """Fit a head to a sample; yields after some iterations. Gives the head and its loss.

    `start` is the last solution, used when its shape fits.
    """
    fit = HeadFit(sample, classes=classes, settings=settings, start=start, seed=seed)
    loss = yield from fit.steps()
    return fit.head, loss


class HeadFit:
    """A `head` that is about to be fitted to a sample.

    Make it in one thread at a time (torch has one generator of random numbers); `steps` may be
    done in any.
    """

    def __init__(
        self,
        sample: HeadSample,
        *,
        classes: int,
        settings: HeadSettings,
        start: PixelHead | None,
        seed: int,
    ) -> None:
        self._sample = sample
        self._settings = settings
        rows = sample.rows
        weights = sample.weights / sample.weights.sum()
        mean = weights @ rows
        scale = (weights @ (rows - mean).square()).sqrt().clamp_min(0.02)
        hidden = settings.hidden if settings.kind == "mlp" else 0
        if start is not None and (start.inputs, start.hidden) == (rows.shape[1], hidden):
            head = start.with_classes(classes)
            head.restandardise(mean, scale)
        else:
            start = None
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                head = PixelHead(rows.shape[1], classes, hidden=hidden).to(rows.device)
            head.mean.copy_(mean)
            head.scale.copy_(scale)
        seen = torch.zeros_like(head.seen)
        seen[sample.labels.unique()] = True
        self._is_warm = start is not None and bool((head.seen | ~seen).all())
        head.seen.copy_(seen)
        if head.base is not None:
            head.seen |= head.base.known
        self.head = head

    def steps(self) -> Generator[None, None, float]:
        """Fit the head; yields after some iterations. Gives its loss."""
        head, settings, labels = self.head, self._settings, self._sample.labels
        weights = self._sample.weights / self._sample.weights.sum()
        standardised = (self._sample.rows - head.mean) / head.scale
        if settings.kind == "ridge":
            return _solve_ridge(head, standardised, labels, weights, settings)
        base = head.base_scores(self._sample.rows)

        def loss() -> Tensor:
            return weights @ _cross_entropy(head.scores(standardised, base), labels)

        return (yield from _minimise(head, loss, settings, is_warm=self._is_warm))


def _cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    """Give (n,) for scores (C, n) and labels (n,)."""
    return functional.cross_entropy(scores[None], labels[None], reduction="none")[0]


def _minimise(
    head: PixelHead, loss: Callable[[], Tensor], settings: HeadSettings, *, is_warm: bool
) -> Generator[None, None, float]:
    """Take the head's parameters to the least loss (with decay) by L-BFGS; give that loss."""
    iterations = settings.warm_iterations if is_warm else settings.iterations
    parameters = list(head.parameters())
    matrices = [parameter for parameter in parameters if parameter.ndim == 2]
    optimiser = LBFGS(
        parameters,
        max_iter=_ITERATIONS_PER_SLICE,
        history_size=12,
        tolerance_grad=1e-5,
        tolerance_change=1e-6,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        for parameter in parameters:
            parameter.grad = None
        decay = torch.stack([matrix.square().sum() for matrix in matrices]).sum()
        total = loss() + settings.decay * decay
        total.backward()
        return total

    for done in range(0, iterations, _ITERATIONS_PER_SLICE):
        if done:
            yield
        before = optimiser.state[parameters[0]].get("n_iter", 0)
        with torch.enable_grad():
            optimiser.step(closure)
        if optimiser.state[parameters[0]]["n_iter"] - before < _ITERATIONS_PER_SLICE:
            break
    for parameter in parameters:
        parameter.grad = None
    with torch.no_grad():
        return float(loss())


def _solve_ridge(
    head: PixelHead,
    standardised: Tensor,
    labels: Tensor,
    weights: Tensor,
    settings: HeadSettings,
) -> float:
    """Least squares on one-hot targets; the scores are scaled to serve as logits."""
    targets = functional.one_hot(labels, head.classes).to(standardised) * 2 - 1
    middle = weights @ targets
    gram = standardised.T @ (standardised * weights[:, None])
    gram.diagonal().add_(settings.ridge)
    solution = torch.linalg.solve(gram, standardised.T @ ((targets - middle) * weights[:, None]))
    with torch.no_grad():
        head.last.weight.copy_(3 * solution.T)
        head.last.bias.copy_(3 * middle)
        scores = head.scores(standardised, None)
        return float(weights @ _cross_entropy(scores, labels))
