"""A folder of small images that are easily learned, with their truth."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.files import write_aside, write_label_png


@dataclass
class Work:
    """A folder of images, the true masks, and a place for what comes out."""

    images: Path
    truth: Path
    out: Path

    def add(self, name: str, seed: int) -> None:
        """A bright disc on dark noise; the disc is class 1."""
        random = np.random.default_rng(seed)
        y, x = np.mgrid[:48, :64]
        cx, cy = random.uniform(18, 46), random.uniform(16, 32)
        truth = ((x - cx) ** 2 + (y - cy) ** 2 < 144).astype(np.uint8)
        image = random.normal(40, 6, (48, 64, 3)) + 140 * truth[..., None]
        _, png = cv2.imencode(".png", np.clip(image, 0, 255).astype(np.uint8))
        write_aside(self.images / name, png.tobytes())
        write_label_png(self.truth / name, truth)


@pytest.fixture
def work(tmp_path):
    work = Work(tmp_path / "images", tmp_path / "truth", tmp_path / "out")
    for number, name in enumerate(("a.png", "b ü 図.png", "sub/c.png")):
        work.add(name, number)
    return work
