from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.document.edit import edit_between
from app.document.errors import ClassError
from app.document.project import Project
from app.document.reclass import can_undo_reclass, reclass, undo_reclass
from tests.unit.document.conftest import SIZE

Open = Callable[..., Project]


def labels_of(project: Project, name: str) -> np.ndarray:
    return project.load_layers(project.item_by_name(name).id, SIZE)[0].labels


def paint(project: Project, name: str, after: np.ndarray) -> None:
    edit = edit_between(labels_of(project, name), after, "Brush")
    assert edit is not None
    project.commit_edit(project.item_by_name(name).id, edit)


@pytest.fixture
def project(folder: Path, open_project: Open) -> Project:
    project = open_project(folder)
    project.set_classes(project.classes.with_added("crack", (9, 8, 7)).with_added("hole"))
    for seed, name in enumerate(("a.png", "b.jpg")):
        random = np.random.default_rng(seed)
        paint(project, name, random.choice(np.array([0, 1, 2, 3, 255], np.uint8), SIZE))
    return project


def test_a_dry_run_counts_images_and_pixels_and_changes_nothing(project: Project) -> None:
    before = labels_of(project, "a.png")
    steps = list(reclass(project, {2: 1}, "Merge", is_dry_run=True))
    assert [step.name for step in steps] == ["a.png", "b.jpg"]
    assert steps[0].pixels == np.count_nonzero(before == 2)
    np.testing.assert_array_equal(labels_of(project, "a.png"), before)
    assert project.classes.has(2)
    assert not can_undo_reclass(project)


def test_merged_classes_come_back_with_one_undo_after_a_restart(
    project: Project, open_project: Open
) -> None:
    before = {name: labels_of(project, name) for name in ("a.png", "b.jpg")}
    classes = project.classes
    list(reclass(project, {2: 1, 3: 255}, "Merge"))
    merged = labels_of(project, "a.png")
    expected = np.where(before["a.png"] == 2, 1, before["a.png"])
    np.testing.assert_array_equal(merged, np.where(expected == 3, 255, expected))
    assert [item.id for item in project.classes] == [0, 1]
    project.close()
    again = open_project(project.folder)
    assert can_undo_reclass(again)
    assert [step.problem for step in undo_reclass(again)] == [None, None]
    for name, labels in before.items():
        np.testing.assert_array_equal(labels_of(again, name), labels)
    assert again.classes == classes
    assert not can_undo_reclass(again)


def test_an_image_painted_since_is_left_and_named(project: Project) -> None:
    list(reclass(project, {2: 1}, "Merge"))
    painted = np.zeros(SIZE, np.uint8)
    paint(project, "a.png", painted)
    problems = [step.problem for step in undo_reclass(project)]
    assert "a.png" in (problems[0] or "")
    assert problems[1] is None
    np.testing.assert_array_equal(labels_of(project, "a.png"), painted)


def test_pixels_cannot_go_to_a_class_that_is_not_there(project: Project) -> None:
    for mapping in ({1: 77}, {1: 2, 2: 3}):
        with pytest.raises(ClassError, match="cannot take"):
            next(reclass(project, mapping, "Merge"))
