"""The first stroke does not wait for a compiler that nobody uses."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from segmodels import Learner, LearnerSettings, TrainSettings
settings = LearnerSettings(train=TrainSettings(crop=64, batch=2, course_steps=1, patience=1))
learner = Learner(classes=2, model="filters", device="cpu", settings=settings)
image = np.zeros((48, 48, 3), np.uint8)
image[:, 24:] = 200
learner.put_sample("a", image, (image[..., 0] > 0).astype(np.uint8))
learner.solve_head()
list(learner.train(steps=1))
print("torch._dynamo" in sys.modules)
"""


def test_neither_a_head_nor_fine_tuning_imports_the_compiler() -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["False"]
