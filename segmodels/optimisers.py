"""Optimisers without the seconds that the first one of torch takes.

WORKAROUND: in a process's first optimiser, `add_param_group` and `AdamW.step` import the compiler,
torch._dynamo, for 3 to 7 seconds (torch/_compile.py, torch/optim/optimizer.py), although nothing is
compiled here. So the former is marked as not to be compiled, and AdamW is written out.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_plain = getattr(torch.optim.Optimizer.add_param_group, "__wrapped__", None)
if _plain is not None and not hasattr(_plain, "__dynamo_disable"):
    setattr(_plain, "__dynamo_disable", _plain)

LBFGS = torch.optim.LBFGS


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), one rate a call."""

    def __init__(self, parameters: Sequence[nn.Parameter], *, weight_decay: float) -> None:
        self._parameters = list(parameters)
        self._decay = weight_decay
        self.forget()

    def forget(self) -> None:
        """Drop the moments, as after a return to an earlier state."""
        self._first: list[Tensor] = [torch.zeros_like(value) for value in self._parameters]
        self._second: list[Tensor] = [torch.zeros_like(value) for value in self._parameters]
        self._count = 0

    @torch.no_grad()
    def step(self, rate: float, *, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        """Move all parameters that have a gradient."""
        self._count += 1
        one, two = betas
        unbias_first, unbias_second = 1 - one**self._count, 1 - two**self._count
        own = zip(self._parameters, self._first, self._second, strict=True)
        moved = [(*state, state[0].grad) for state in own if state[0].grad is not None]
        if not moved:
            return
        values, first, second, gradients = (list(tensors) for tensors in zip(*moved, strict=True))
        torch._foreach_lerp_(first, gradients, 1 - one)
        torch._foreach_mul_(second, two)
        torch._foreach_addcmul_(second, gradients, gradients, value=1 - two)
        torch._foreach_mul_(values, 1 - rate * self._decay)
        spread = torch._foreach_div(second, unbias_second)
        torch._foreach_sqrt_(spread)
        torch._foreach_add_(spread, 1e-8)
        torch._foreach_addcdiv_(values, first, spread, value=-rate / unbias_first)
