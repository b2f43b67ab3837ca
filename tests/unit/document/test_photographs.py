"""Photographs are not taken for masks, and masks of many objects not for photographs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from app.document.importing import import_labels
from app.document.photographs import _some, is_photograph
from app.document.project import Project

Open = Callable[..., Project]
SIDE = 256
RANDOM = np.random.default_rng(7)
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]


def cells(count: int, radius: int) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for number, (x, y) in enumerate(RANDOM.integers(0, SIDE, (count, 2)).tolist(), 1):
        cv2.circle(mask, (x, y), radius, number, -1)
    return mask


def cell_under_a_microscope() -> np.ndarray:
    """Bright spots on a background that is black, as after its subtraction; blurred, with noise."""
    light = cv2.GaussianBlur((cells(60, 9) > 0) * 180.0, (0, 0), 3)
    return np.where(light > 5, light + RANDOM.normal(0, 4, light.shape), 0).clip(0, 253)


MASKS = {
    "many cells": cells(250, 10),
    "small cells": cells(250, 2),
    "specks": cells(250, 1),
    "superpixels in the order of their rows": (ROWS // 18 * 15 + COLUMNS // 18) % 254,
    "touching objects": np.argmin(
        np.abs(ROWS[..., None] - RANDOM.integers(0, SIDE, 120))
        + np.abs(COLUMNS[..., None] - RANDOM.integers(0, SIDE, 120)),
        axis=-1,
    ),
    "two classes at random": RANDOM.integers(0, 2, (SIDE, SIDE)),
    "nothing": np.full((SIDE, SIDE), 255),
}

PHOTOGRAPHS = {
    "camera": data.camera(),
    "cell": data.cell(),
    "brick": data.brick(),
    "grass": data.grass(),
    "moon": data.moon(),
    "a blurred one": cv2.GaussianBlur(data.camera(), (0, 0), 6),
    "a dark one": data.camera() // 5,
    "a microscope's": cell_under_a_microscope(),
    "noise": RANDOM.integers(0, 254, (SIDE, SIDE)),
    "a map of probabilities": cv2.GaussianBlur((cells(20, 20) > 0) * 253.0, (0, 0), 6),
    "16 bits": data.camera().astype(np.uint16) * 257
    + RANDOM.integers(0, 257, (512, 512)).astype(np.uint16),
}


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_is_no_photograph(name: str) -> None:
    assert not is_photograph(MASKS[name].astype(np.uint8))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_photograph_is_one(name: str) -> None:
    pixels = PHOTOGRAPHS[name]
    assert is_photograph(pixels if pixels.dtype == np.uint16 else pixels.astype(np.uint8))


def test_of_a_large_picture_bands_are_enough() -> None:
    photograph = np.tile(data.camera() // 2, (20, 2))
    assert is_photograph(photograph)
    assert not is_photograph(np.tile(cells(250, 10), (40, 4)))
    assert _some(photograph).size < photograph.size / 2


def imported(project: Project, folder: Path, pixels: np.ndarray) -> str | None:
    folder.mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "a.png"), cv2.resize(pixels, (200, 150), interpolation=0))
    (result,) = import_labels(project, folder)
    return result.problem


def test_a_grey_photograph_is_refused_as_a_coloured_one_is(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    problem = imported(project, tmp_path / "m", data.camera() // 2)
    assert "grey values, most of which no class has" in (problem or "")
    assert "it is no mask" in (problem or "")
    assert len(project.classes) == 2
    assert imported(project, tmp_path / "m", cells(200, 20)) is None


def test_numbers_that_all_have_names_are_taken_whatever_they_look_like(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    names = '{"names": [' + ", ".join(f'"n{number}"' for number in range(254)) + "]}"
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "classes.json").write_text(names)
    noise = RANDOM.integers(0, 254, (150, 200)).astype(np.uint8)
    assert imported(open_project(folder), tmp_path / "m", noise) is None
