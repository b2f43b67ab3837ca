from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.document.backup import backup, restore
from app.document.edit import edit_between
from app.document.errors import ProjectError
from app.document.project import Project
from tests.unit.document.conftest import SIZE, write_image

Open = Callable[..., Project]
LABELS = np.random.default_rng(5).choice(np.array([0, 1, 255], np.uint8), SIZE)


def painted(folder: Path, open_project: Open) -> Project:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    edit = edit_between(project.load_layers(image_id, SIZE)[0].labels, LABELS, "Brush")
    assert edit is not None
    project.commit_edit(image_id, edit)
    project.checkpoint(image_id, LABELS)
    return project


def test_a_backup_restores_labels_and_undo(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = painted(folder, open_project)
    steps = list(backup(project, tmp_path / "all.zip"))
    assert steps[-1][0] == steps[-1][1]
    project.close()
    shutil.rmtree(folder / "maskloop")
    list(restore(tmp_path / "all.zip", folder))
    again = open_project(folder)
    layers, history = again.load_layers(again.item_by_name("a.png").id, SIZE)
    np.testing.assert_array_equal(layers.labels, LABELS)
    assert history.undo_name == "Brush"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.zip", "pictures"]


def test_a_project_is_never_overwritten(folder: Path, open_project: Open, tmp_path: Path) -> None:
    project = painted(folder, open_project)
    list(backup(project, tmp_path / "all.zip"))
    with pytest.raises(ProjectError, match="already"):
        list(restore(tmp_path / "all.zip", folder))


@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil.txt", "a/../../evil.txt", "C:/evil"])
def test_a_hostile_archive_writes_nothing(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "images"
    write_image(folder / "a.png")
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("project.db", b"")
        archive.writestr(name, b"evil")
    with pytest.raises(ProjectError, match="refused"):
        list(restore(tmp_path / "bad.zip", folder))
    assert sorted(path.name for path in folder.iterdir()) == ["a.png"]
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("content", [b"", b"no zip", "cut"])
def test_a_broken_archive_is_refused_and_leaves_nothing(
    folder: Path, open_project: Open, tmp_path: Path, content: bytes | str
) -> None:
    path = tmp_path / "all.zip"
    project = painted(folder, open_project)
    list(backup(project, path))
    path.write_bytes(path.read_bytes()[:-200] if isinstance(content, str) else content)
    target = tmp_path / "other"
    write_image(target / "a.png")
    with pytest.raises(ProjectError, match=r"all\.zip"):
        list(restore(path, target))
    assert [path.name for path in target.iterdir()] == ["a.png"]
