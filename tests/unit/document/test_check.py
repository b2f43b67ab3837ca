from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.document.check import Finding, check
from app.document.edit import edit_between
from app.document.files import ASIDE_SUFFIX, read_label_png
from app.document.model_folders import delete_model
from app.document.project import Project
from tests.unit.document.conftest import SIZE

Open = Callable[..., Project]
LABELS = np.random.default_rng(5).choice(np.array([0, 1, 255], np.uint8), SIZE)


@pytest.fixture
def painted(folder: Path, open_project: Open) -> Project:
    """a.png is labelled and its label file is written; b.jpg is predicted."""
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    edit = edit_between(layers.labels, LABELS, "Brush")
    assert edit is not None
    project.commit_edit(image_id, edit)
    project.checkpoint(image_id, LABELS)
    other = project.item_by_name("b.jpg").id
    project.save_prediction(other, LABELS, LABELS, is_suggestion=False, version="v")
    project.flush()
    return project


def findings(project: Project, **options: object) -> list[Finding]:
    return [f for checked in check(project, **options) for f in checked.findings]  # type: ignore[arg-type]


def test_a_sound_project_has_no_findings_and_every_image_is_told(painted: Project) -> None:
    names = [checked.name for checked in check(painted, load_model=lambda folder: None)]
    assert names == ["project.db", "a.png", "b.jpg", "sub/c.png", "models"]
    assert findings(painted) == []


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_lost_label_file_is_made_again(painted: Project, damage: str) -> None:
    path = painted.label_path(painted.item_by_name("a.png").id)
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:100])
    (finding,) = findings(painted)
    assert finding.is_repaired
    assert "a.png" in finding.sentence
    painted.flush()
    np.testing.assert_array_equal(read_label_png(path)[0], LABELS)
    assert findings(painted) == []


def test_a_broken_prediction_is_removed(painted: Project) -> None:
    path = painted.prediction_path(painted.item_by_name("b.jpg").id)
    path.write_bytes(b"broken")
    (finding,) = findings(painted)
    assert finding.is_repaired
    assert not path.exists()


def test_a_prediction_of_a_class_that_is_none_is_removed(painted: Project) -> None:
    image_id = painted.item_by_name("b.jpg").id
    pixels = np.full(SIZE, 9, np.uint8)
    painted.save_prediction(image_id, pixels, pixels, is_suggestion=False, version="")
    painted.flush()
    (finding,) = findings(painted)
    assert "the number 9, of no class" in finding.sentence
    assert not painted.prediction_path(image_id).exists()


def test_nameless_class_numbers_get_a_class(painted: Project) -> None:
    painted.set_classes(painted.classes.without(1))
    (finding,) = findings(painted)
    assert finding.is_repaired
    assert painted.classes.by_id(1).name == "class 1"


def test_a_journal_that_disagrees_is_told(painted: Project) -> None:
    folder = painted.folder
    painted.close()
    database = sqlite3.connect(folder / "maskloop" / "project.db")
    with database:
        database.execute("UPDATE log SET tiles = substr(tiles, 1, length(tiles) - 9)")
    database.close()
    project = Project.open(folder)
    (finding,) = [f for f in findings(project) if "journal" in f.sentence]
    assert finding.name == "a.png"
    layers, _ = project.load_layers(project.item_by_name("a.png").id, SIZE)
    np.testing.assert_array_equal(layers.labels, LABELS)
    project.close()


def test_a_broken_image_and_a_broken_model_are_told(painted: Project) -> None:
    (painted.folder / "b.jpg").write_bytes(b"broken")
    (painted.models_folder / "v0001").mkdir(parents=True)
    (painted.models_folder / "v0001" / "model.json").write_text("{}")

    def load(folder: Path) -> None:
        raise ValueError("cut short")

    found = {finding.name: finding for finding in findings(painted, load_model=load)}
    assert set(found) == {"b.jpg", "models/v0001"}
    assert not any(finding.is_repaired for finding in found.values())


def test_a_version_that_was_deleted_on_purpose_is_no_finding(painted: Project) -> None:
    for name in ("v0001", "v0002", "working"):
        (painted.models_folder / name).mkdir(parents=True)
        (painted.models_folder / name / "model.json").write_text("{}")
    delete_model(painted.models_folder / "v0002")
    (painted.models_folder / "working" / "model.json").unlink()

    def load(folder: Path) -> None:
        raise ValueError(f"{folder.name} holds no model")

    found = {finding.name for finding in findings(painted, load_model=load)}
    assert found == {"models/v0001", "models/working"}


def test_a_project_opened_to_look_is_not_changed(painted: Project, open_project: Open) -> None:
    path = painted.label_path(painted.item_by_name("a.png").id)
    path.write_bytes(b"broken")
    looking = open_project(painted.folder, read_only=True)
    assert [finding.is_repaired for finding in findings(looking)] == [False]
    assert path.read_bytes() == b"broken"


def test_looking_only_says_what_could_be_repaired_and_repairs_nothing(painted: Project) -> None:
    label = painted.label_path(painted.item_by_name("a.png").id)
    label.write_bytes(label.read_bytes()[:100])
    prediction = painted.prediction_path(painted.item_by_name("b.jpg").id)
    prediction.write_bytes(b"broken")
    (painted.data_folder / f".x{ASIDE_SUFFIX}").write_bytes(b"half")
    painted.set_classes(painted.classes.without(1))
    for _ in range(2):
        told = findings(painted, repairs=False)
        assert [(f.is_repaired, f.can_be_repaired) for f in told] == [(False, True)] * 4
    assert prediction.read_bytes() == b"broken"
    assert not painted.classes.has(1)
    assert all(finding.is_repaired for finding in findings(painted))
    painted.flush()
    assert findings(painted) == []
