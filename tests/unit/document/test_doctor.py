from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from app.document.edit import edit_between
from app.document.export import export
from app.document.export.doctor import CHECKED_FORMATS, examine
from app.document.project import Project
from tests.unit.document.conftest import SIZE

Open = Callable[..., Project]


@pytest.fixture
def project(folder: Path, open_project: Open) -> Project:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    before = project.load_layers(image_id, SIZE)[0].labels
    labels = np.random.default_rng(5).choice(np.array([0, 1, 255], np.uint8), SIZE)
    edit = edit_between(before, labels, "Brush")
    assert edit is not None
    project.commit_edit(image_id, edit)
    return project


@pytest.mark.parametrize("format_name", CHECKED_FORMATS)
def test_what_was_exported_is_sound(project: Project, tmp_path: Path, format_name: str) -> None:
    list(export(project, format_name, tmp_path / "out"))
    assert [step.problem for step in examine(project, format_name, tmp_path / "out")] == [None] * 3


def test_every_kind_of_damage_is_told(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    list(export(project, "ids", out))
    pixels = cv2.imread(str(out / "a.png"), cv2.IMREAD_UNCHANGED)
    pixels[3, 4] ^= 1
    cv2.imwrite(str(out / "a.png"), pixels)
    with Image.open(out / "b.png") as image:
        image.resize((10, 20)).save(out / "b.png")
    (out / "sub" / "c.png").unlink()
    (out / "classes.json").write_text("{}")
    problems = {step.name: step.problem for step in examine(project, "ids", out)}
    assert "other values" in (problems["a.png"] or "")
    assert "10 x 20" in (problems["b.jpg"] or "")
    assert "not written" in (problems["sub/c.png"] or "")
    assert "cannot be read" in (problems["classes.json"] or "")
