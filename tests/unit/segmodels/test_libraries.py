"""The libraries of networks come without torch's compiler, and leave it as it is."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
from segmodels.models import build
from segmodels.models.registry import has_weights

assert has_weights("features:resnet18")
for name in ("features:test_vit", "unet:resnet18", "torchvision:lraspp_mobilenet_v3_large"):
    build(name)
assert "torchvision" in sys.modules
assert not [name for name in sys.modules if name.startswith("torch._dynamo")]
assert "sympy" not in sys.modules
"""

_MEANWHILE = """
import sys
import torch
from segmodels.models import libraries

sys.modules.update({n: libraries._StandIn(n) for n in (libraries._COMPILER, libraries._UTILS)})
assert callable(torch._dynamo.optimize)
import torch._dynamo.eval_frame
assert not isinstance(sys.modules["torch._dynamo"], libraries._StandIn)
libraries.load_libraries()
"""


def run(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_networks_are_built_without_the_compiler() -> None:
    run(_PROGRAM)


def test_who_asks_for_the_compiler_meanwhile_gets_it() -> None:
    run(_MEANWHILE)
