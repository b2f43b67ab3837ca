"""The process that measures the memory of many painted images."""

from __future__ import annotations

import sys

import numpy as np

from app.bench.frame import resident_mb
from app.bench.scenes import LARGE, scene
from segmodels import Learner
from segmodels.annotator import UNLABELLED


def grown_mb(count: int) -> float:
    """What this process grows by when that many large images are painted and learned from."""
    image, _ = scene(*LARGE)
    learner = Learner(classes=2)
    before = resident_mb()
    for number in range(count):
        labels = np.full(LARGE, UNLABELLED, np.uint8)
        labels[100:110, 100:200] = number % 2
        labels[150:160, 100:200] = 1 - number % 2
        learner.put_sample(str(number), np.roll(image, 7 * number, axis=1), labels)
    learner.solve_head()
    return resident_mb() - before


if __name__ == "__main__":
    print(grown_mb(int(sys.argv[1])))
