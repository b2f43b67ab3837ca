from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.document.class_plan import DELETED, ClassPlan, ClassTotals
from app.document.edit import edit_between
from app.document.errors import ClassError
from app.document.project import Project
from app.document.reclass import (
    can_undo_reclass,
    count_classes,
    finish_reclass,
    is_reclass_unfinished,
    last_reclass,
    reclass,
    undo_reclass,
)
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


def predict(project: Project, name: str, pixels: np.ndarray, second: np.ndarray) -> None:
    sure = np.full(SIZE, 200, np.uint8)
    image_id = project.item_by_name(name).id
    project.save_prediction(
        image_id, pixels, sure, is_suggestion=False, version="v0001", runner_up=second
    )


def prediction_of(project: Project, name: str) -> np.ndarray | None:
    return project.load_layers(project.item_by_name(name).id, SIZE)[0].prediction


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
    assert [step.problem for step in undo_reclass(again)] == [None, None, None]
    for name, labels in before.items():
        np.testing.assert_array_equal(labels_of(again, name), labels)
    assert again.classes == classes
    assert not can_undo_reclass(again)


def test_what_was_painted_since_goes_on_with_the_numbers_of_before(project: Project) -> None:
    before = labels_of(project, "a.png")
    plan = planned(project, [0, 2, 1, 3], c3=1)  # object and crack change places
    list(reclass(project, plan.mapping(), "Classes", classes=plan.table()))
    painted = labels_of(project, "a.png")
    painted[:50] = 1  # a crack
    paint(project, "a.png", painted)
    paint(project, "sub/c.png", np.full(SIZE, 1, np.uint8))  # a crack
    assert [step.problem for step in undo_reclass(project)] == [None, None, None]
    before[:50] = 2
    np.testing.assert_array_equal(labels_of(project, "a.png"), before)
    assert (labels_of(project, "sub/c.png") == 2).all()


def test_a_class_added_since_never_takes_the_pixels_of_one_that_comes_back(
    project: Project,
) -> None:
    before = labels_of(project, "a.png")
    list(reclass(project, {3: 255}, "Delete"))
    project.set_classes(project.classes.with_added("new"))
    assert project.classes.by_id(3).name == "new"
    painted = labels_of(project, "a.png")
    painted[:50] = 3
    paint(project, "a.png", painted)
    list(undo_reclass(project))
    assert [(c.id, c.name) for c in project.classes][3:] == [(3, "hole"), (4, "new")]
    before[:50] = 4
    np.testing.assert_array_equal(labels_of(project, "a.png"), before)


def test_predictions_get_the_new_numbers_and_those_of_a_deleted_class_are_removed(
    project: Project, open_project: Open
) -> None:
    random = np.random.default_rng(5)
    first, second = random.integers(0, 3, (2, *SIZE), dtype=np.uint8)
    predict(project, "sub/c.png", first, second)
    predict(project, "a.png", np.full(SIZE, 3, np.uint8), first)
    image_id = project.item_by_name("sub/c.png").id
    project.keep_baseline(image_id, first, "v0001", project.numbering.number)
    plan = planned(project, [1, 0, 2, 3], c3=DELETED)
    list(reclass(project, plan.mapping(), "Classes", classes=plan.table()))
    turned = np.array([1, 0, 2], np.uint8)
    for _ in range(2):
        np.testing.assert_array_equal(prediction_of(project, "sub/c.png"), turned[first])
        layers, _ = project.load_layers(image_id, SIZE)
        np.testing.assert_array_equal(layers.runner_up, turned[second])
        assert (layers.confidence == 200).all()
        baseline = project.baseline(image_id)
        assert baseline is not None
        np.testing.assert_array_equal(baseline[0], turned[first])
        assert prediction_of(project, "a.png") is None
        project.close()
        project = open_project(project.folder)
    assert not project.prediction_path(project.item_by_name("a.png").id).exists()
    list(undo_reclass(project))
    np.testing.assert_array_equal(prediction_of(project, "sub/c.png"), first)


def test_nothing_predicted_before_a_change_is_found_while_it_runs(
    project: Project, open_project: Open
) -> None:
    pixels = np.full(SIZE, 2, np.uint8)
    predict(project, "sub/c.png", pixels, pixels)
    project.flush()
    steps = reclass(project, {2: 1, 1: 2}, "Swap", classes=project.classes)
    next(steps)
    steps.close()
    image_id = project.item_by_name("sub/c.png").id
    for _ in range(2):
        assert prediction_of(project, "sub/c.png") is None
        assert project.prediction_version(image_id) is None
        project.close()
        project = open_project(project.folder)
    list(finish_reclass(project))
    assert (prediction_of(project, "sub/c.png") == 1).all()  # type: ignore[union-attr]
    list(finish_reclass(project))
    assert (prediction_of(project, "sub/c.png") == 1).all()  # type: ignore[union-attr]


def test_a_change_that_was_stopped_can_be_taken_back_where_it_was_made(
    project: Project, open_project: Open
) -> None:
    before = {name: labels_of(project, name) for name in ("a.png", "b.jpg")}
    pixels = np.full(SIZE, 2, np.uint8)
    for name in ("a.png", "sub/c.png"):
        predict(project, name, pixels, pixels)
    classes = project.classes
    steps = reclass(project, {2: 1, 1: 2}, "Swap", classes=project.classes)
    next(steps)
    steps.close()
    back = undo_reclass(project)
    next(back)
    back.close()
    assert is_reclass_unfinished(project)
    project.close()
    project = open_project(project.folder)
    list(finish_reclass(project))
    for name, labels in before.items():
        np.testing.assert_array_equal(labels_of(project, name), labels)
    for name in ("a.png", "sub/c.png"):
        assert (prediction_of(project, name) == 2).all()  # type: ignore[union-attr]
    assert project.classes == classes
    assert not is_reclass_unfinished(project)
    assert not can_undo_reclass(project)


_KILLED = """
import os, signal, sys
from pathlib import Path
from app.document.project import Project
from app.document.reclass import reclass, undo_reclass

project = Project.open(Path(sys.argv[1]))
for _ in project.rescan():
    pass
is_back, steps = sys.argv[2] == "back", int(sys.argv[3])
work = reclass(project, {2: 1, 1: 2}, "Swap", classes=project.classes)
if is_back:
    list(work)
    work = undo_reclass(project)
for _ in range(steps):
    next(work)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("way", ["there", "back"])
@pytest.mark.parametrize("steps", [1, 3])
def test_a_change_whose_process_was_killed_is_finished(
    project: Project, open_project: Open, way: str, steps: int
) -> None:
    before = {name: labels_of(project, name) for name in ("a.png", "b.jpg")}
    pixels = np.random.default_rng(1).integers(0, 4, SIZE, dtype=np.uint8)
    for name in ("a.png", "sub/c.png"):
        predict(project, name, pixels, pixels)
        image_id = project.item_by_name(name).id
        project.keep_baseline(image_id, pixels, "v0001", project.numbering.number)
    project.close()
    command = [sys.executable, "-c", _KILLED, str(project.folder), way, str(steps)]
    subprocess.run(command, cwd=Path(__file__).parents[3], check=False)
    project = open_project(project.folder)
    assert is_reclass_unfinished(project)
    list(finish_reclass(project))
    ids = np.array([0, 2, 1, 3] if way == "there" else [0, 1, 2, 3], np.uint8)
    ids = np.concatenate([ids, np.arange(4, 256, dtype=np.uint8)])
    for name, labels in before.items():
        np.testing.assert_array_equal(labels_of(project, name), ids[labels])
    for name in ("a.png", "sub/c.png"):
        np.testing.assert_array_equal(prediction_of(project, name), ids[pixels])
        baseline = project.baseline(project.item_by_name(name).id)
        assert baseline is not None
        np.testing.assert_array_equal(baseline[0], ids[pixels])


def test_a_model_s_classes_follow_a_change_there_and_back(project: Project) -> None:
    plan = planned(project, [1, 0, 2, 3], c2=1, c3=DELETED)
    list(reclass(project, plan.mapping(), "Classes", classes=plan.table()))
    there = last_reclass(project)
    assert there is not None
    assert there.model_ids() == (1, 0)
    list(undo_reclass(project))
    back = last_reclass(project)
    assert back is not None
    assert back.model_ids() == (1, 0)


def test_pixels_cannot_go_to_a_class_that_is_not_there(project: Project) -> None:
    for mapping in ({1: 77}, {1: 2, 2: 3}):
        with pytest.raises(ClassError, match="cannot take"):
            next(reclass(project, mapping, "Merge"))


def planned(project: Project, order: list[int], **becomes: int) -> ClassPlan:
    """The classes in this order; `c2=1` merges class 2 into class 1."""
    rows = {row.id: row for row in ClassPlan.of(project.classes).rows}
    for key, target in becomes.items():
        rows[int(key[1:])] = replace(rows[int(key[1:])], becomes=target)
    return ClassPlan(tuple(rows[class_id] for class_id in order))


def test_another_order_gives_other_numbers_and_one_undo_gives_them_back(project: Project) -> None:
    before = {name: labels_of(project, name) for name in ("a.png", "b.jpg")}
    classes = project.classes
    plan = planned(project, [3, 0, 1, 2])
    totals = ClassTotals.of(count_classes(project))
    assert plan.mapping() == {3: 0, 0: 1, 1: 2, 2: 3}
    expected = sum(int(np.count_nonzero(labels != 255)) for labels in before.values())
    assert plan.effect(totals) == (2, expected)
    steps = list(reclass(project, plan.mapping(), "Reorder", classes=plan.table()))
    assert sum(step.pixels for step in steps) == expected
    assert [item.name for item in project.classes] == ["hole", "background", "object", "crack"]
    for name, labels in before.items():
        turned = np.array([1, 2, 3, 0, *range(4, 256)], np.uint8)[labels]
        np.testing.assert_array_equal(labels_of(project, name), turned)
    list(undo_reclass(project))
    assert project.classes == classes
    for name, labels in before.items():
        np.testing.assert_array_equal(labels_of(project, name), labels)


def test_names_colours_merges_and_deletions_go_together(project: Project) -> None:
    before = labels_of(project, "a.png")
    plan = planned(project, [0, 1, 2, 3], c2=1, c3=DELETED)
    renamed = replace(plan.rows[1], name=" leaf ", colour=(1, 2, 3))
    plan = ClassPlan((plan.rows[0], renamed, *plan.rows[2:]))
    images, pixels = plan.effect(ClassTotals.of(count_classes(project)))
    assert images == 2
    assert pixels == sum(
        int(np.isin(labels_of(project, name), (2, 3)).sum()) for name in ("a.png", "b.jpg")
    )
    list(reclass(project, plan.mapping(), "Classes", classes=plan.table()))
    leaf = project.classes.by_id(1)
    assert (leaf.name, leaf.colour, len(project.classes)) == ("leaf", (1, 2, 3), 2)
    merged = np.where(before == 2, 1, before)
    np.testing.assert_array_equal(labels_of(project, "a.png"), np.where(merged == 3, 255, merged))


def test_an_image_whose_labels_were_all_deleted_comes_back_too(project: Project) -> None:
    paint(project, "a.png", np.full(SIZE, 3, np.uint8))
    list(reclass(project, {3: 255}, "Delete"))
    assert (labels_of(project, "a.png") == 255).all()
    list(undo_reclass(project))
    assert (labels_of(project, "a.png") == 3).all()


def test_what_was_stopped_in_between_can_be_finished_or_taken_back(
    project: Project, open_project: Open
) -> None:
    before = {name: labels_of(project, name) for name in ("a.png", "b.jpg")}
    plan = planned(project, [1, 0, 2, 3])
    steps = reclass(project, plan.mapping(), "Reorder", classes=plan.table())
    assert next(steps).name == "a.png"
    steps.close()
    assert is_reclass_unfinished(project)
    project.close()
    again = open_project(project.folder)
    assert is_reclass_unfinished(again)
    paint(again, "a.png", np.where(labels_of(again, "a.png") == 2, 3, labels_of(again, "a.png")))
    assert [step.pixels > 0 for step in finish_reclass(again)] == [False, True, False]
    assert not is_reclass_unfinished(again)
    swapped = np.array([1, 0, *range(2, 256)], np.uint8)
    np.testing.assert_array_equal(labels_of(again, "b.jpg"), swapped[before["b.jpg"]])
    expected = swapped[np.where(before["a.png"] == 2, 3, before["a.png"])]
    np.testing.assert_array_equal(labels_of(again, "a.png"), expected)
    assert [item.id for item in again.classes if item.name == "object"] == [0]


def test_classes_added_since_stay_when_a_change_is_taken_back(project: Project) -> None:
    list(reclass(project, {2: 1}, "Merge"))
    project.set_classes(project.classes.with_added("new", class_id=9))
    list(undo_reclass(project))
    assert [item.name for item in project.classes] == [
        "background",
        "object",
        "crack",
        "hole",
        "new",
    ]
