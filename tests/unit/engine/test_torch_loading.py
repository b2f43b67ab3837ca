"""torch comes in the engine's thread, all of it before the first stroke."""

import gc
import subprocess
import sys

from app.engine.torch_loading import load_optimisers, load_torch


def test_loading_brings_torch_and_leaves_the_collector_as_it_was() -> None:
    was_on = gc.isenabled()
    load_torch()
    load_optimisers()
    assert "torch" in sys.modules
    assert gc.isenabled() is was_on


def test_a_solved_head_imports_nothing_more_after_the_warm_up() -> None:
    program = """
import sys, numpy as np
from app.engine.torch_loading import load_optimisers, load_torch
load_torch(); load_optimisers()
from segmodels import Learner
before = set(sys.modules)
learner = Learner(classes=2, model="filters", device="cpu")
image = np.random.default_rng(0).integers(0, 255, (40, 40, 3)).astype(np.uint8)
labels = np.full((40, 40), 255, np.uint8); labels[:5] = 0; labels[20:] = 1
learner.put_sample("a", image, labels); learner.solve_head(); learner.predict(image)
late = [name for name in set(sys.modules) - before if name.split(".")[0] in ("torch", "triton")]
print(len(late))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert int(ran.stdout.split()[-1]) < 40, ran.stdout
