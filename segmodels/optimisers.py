"""The optimisers of torch, without the seconds that the first of them would take."""

from __future__ import annotations

import torch

# WORKAROUND: the first optimiser of a process imports the compiler, torch._dynamo, for 3 to 7
# seconds, only to mark `add_param_group` as not to be compiled (torch/_compile.py). We compile
# nothing: mark it ourselves, and the first stroke is answered at once.
_plain = getattr(torch.optim.Optimizer.add_param_group, "__wrapped__", None)
if _plain is not None and not hasattr(_plain, "__dynamo_disable"):
    setattr(_plain, "__dynamo_disable", _plain)

AdamW = torch.optim.AdamW
LBFGS = torch.optim.LBFGS
