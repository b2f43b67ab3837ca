from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document import location, storage, store
from app.document.classes import UNLABELLED
from app.document.edit import EditRecorder, apply_edit, edit_between, revert_edit
from app.document.errors import (
    ProjectDiskFull,
    ProjectError,
    ProjectLocked,
    ProjectReadOnly,
    ProjectTooNew,
)
from app.document.files import read_label_png, write_label_png
from app.document.project import ImageState, Project
from tests.unit.document.conftest import SIZE, write_image

Open = Callable[..., Project]


def paint(project: Project, image_id: int, labels: np.ndarray, x: int, value: int) -> None:
    recorder = EditRecorder(labels)
    recorder.touch(x, 10, x + 20, 40)
    labels[10:40, x : x + 20] = value
    edit = recorder.commit("Brush")
    assert edit is not None
    project.commit_edit(image_id, edit)


def test_a_new_project_lists_the_images_in_natural_order(folder: Path, open_project: Open) -> None:
    write_image(folder / "a10.png")
    write_image(folder / "a2.png")
    project = open_project(folder)
    names = [item.name for item in project.images.values()]
    assert names == ["a.png", "a2.png", "a10.png", "b.jpg", "sub/c.png"]
    assert {item.state for item in project.images.values()} == {ImageState.NEW}
    assert [item.name for item in project.classes] == ["background", "object"]


def test_edits_come_back_with_their_undo_after_a_restart(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    before = layers.labels.copy()
    paint(project, image_id, layers.labels, 50, 0)
    assert project.close()
    again = open_project(folder)
    assert again.notices == ()
    found, history = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)
    revert_edit(found.labels, history.undo())
    np.testing.assert_array_equal(found.labels, before)
    assert again.images[image_id].state is ImageState.EDITED
    assert again.labelled_images() == [image_id]


def test_closing_writes_the_label_png(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("sub/c.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    project.close()
    labels, _ = read_label_png(folder / "maskloop" / "labels" / "sub" / "c.png.png")
    np.testing.assert_array_equal(labels, layers.labels)


def test_a_broken_label_png_is_restored_from_the_journal(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    project.close()
    path = folder / "maskloop" / "labels" / "a.png.png"
    path.write_bytes(path.read_bytes()[:-20])
    again = open_project(folder)
    found, _ = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)
    assert any("a.png.png" in notice for notice in again.notices)


def test_layers_show_edits_that_are_still_being_written(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    for x in range(0, 180, 4):
        paint(project, image_id, layers.labels, x, x % 3)
        found, history = project.load_layers(image_id, SIZE)
        np.testing.assert_array_equal(found.labels, layers.labels)
        assert history.undo_name == "Brush"


def test_predictions_are_kept_apart_from_labels(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    labels = np.ones(SIZE, np.uint8)
    confidence = np.full(SIZE, 200, np.uint8)
    project.save_prediction(image_id, labels, confidence, is_suggestion=True, version="x")
    assert project.images[image_id].state is ImageState.SUGGESTED
    project.close()
    layers, _ = open_project(folder).load_layers(image_id, SIZE)
    assert (layers.labels == UNLABELLED).all()
    assert layers.prediction is not None
    assert layers.confidence is not None
    np.testing.assert_array_equal(layers.prediction, labels)
    np.testing.assert_array_equal(layers.confidence, confidence)
    assert layers.is_suggestion
    np.testing.assert_array_equal(layers.composite(), labels)


def test_classes_scores_versions_and_settings_come_back(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    project.set_classes(project.classes.with_added("crack", (1, 2, 3)))
    project.add_score(image_id, "v1", {"mean_iou": 0.5})
    project.add_version("v1", {"samples": 3})
    project.set_setting("opacity", 0.4)
    project.set_state(image_id, ImageState.REVIEWED)
    project.close()
    again = open_project(folder)
    assert again.classes.by_id(2).name == "crack"
    assert again.classes.by_id(2).colour == (1, 2, 3)
    assert [score.scores for score in again.scores()] == [{"mean_iou": 0.5}]
    assert [(version.name, version.is_current) for version in again.versions()] == [("v1", True)]
    assert again.setting("opacity") == 0.4
    assert again.images[image_id].state is ImageState.REVIEWED


def test_a_second_writer_is_told_and_may_look(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    project.flush()
    with pytest.raises(ProjectLocked, match="another Maskloop window"):
        Project.open(folder)
    looking = open_project(folder, read_only=True)
    assert looking.is_read_only
    found, _ = looking.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)
    with pytest.raises(ProjectReadOnly):
        looking.set_classes(looking.classes)


def test_a_newer_project_can_only_be_looked_at(folder: Path, open_project: Open) -> None:
    open_project(folder).close()
    database = sqlite3.connect(folder / "maskloop" / "project.db")
    with database:
        database.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
        database.execute("ALTER TABLE images ADD COLUMN later TEXT DEFAULT 'unknown'")
    database.close()
    with pytest.raises(ProjectTooNew, match="newer Maskloop"):
        Project.open(folder)
    looking = open_project(folder, read_only=True)
    assert "newer" in looking.notices[0]
    assert len(looking.images) == 3


def test_a_damaged_database_is_kept_and_labels_survive(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    project.close()
    database = folder / "maskloop" / "project.db"
    database.write_bytes(b"not a database" * 1000)
    again = open_project(folder)
    assert any("damaged" in notice for notice in again.notices)
    assert database.with_name("project.db.damaged-1").exists()
    image_id = again.item_by_name("a.png").id
    assert again.labelled_images() == [image_id]
    found, history = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)
    assert history.undo_name == "Labels from a file"


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_a_rescue_that_is_stopped_is_finished_at_the_next_opening(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """Stopped while it reads, before the damaged one is aside, and before the new one is there."""
    project = open_project(folder)
    project.set_classes(project.classes.with_renamed(1, "nucleus"))
    project.close()
    path = folder / "maskloop" / "project.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE meta SET value = 'none' WHERE key = 'schema_version'")
    connection.close()
    (folder / "maskloop" / "project.db-wal").write_bytes(b"of the damaged one")
    replace, steps = os.replace, []

    def stop(*names: object) -> None:
        steps.append(names)
        if len(steps) == moment:
            raise KeyboardInterrupt
        replace(*names)

    with monkeypatch.context() as patched:
        if moment == 1:
            patched.setattr("app.document.salvage._salvage", stop)
        else:
            patched.setattr("app.document.salvage.os.replace", stop)
            steps.append(())
        with pytest.raises(KeyboardInterrupt):
            open_project(folder)
    again = open_project(folder)
    assert again.classes.by_id(1).name == "nucleus"
    assert path.with_name("project.db.damaged-1").exists()
    assert not path.with_name("project.db.rescued").exists()


@pytest.mark.parametrize("part", ["log", "end", "index"])
def test_what_is_readable_of_a_damaged_database_is_kept(
    folder: Path, open_project: Open, part: str
) -> None:
    project = open_project(folder)
    project.set_classes(project.classes.with_renamed(1, "nucleus"))
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    noise = np.random.default_rng(0)
    for _ in range(30):
        edit = edit_between(layers.labels, noise.integers(0, 2, SIZE, dtype=np.uint8), "Noise")
        assert edit is not None
        apply_edit(layers.labels, edit)
        project.commit_edit(image_id, edit)
    project.close()
    path = folder / "maskloop" / "project.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'is_open'")
    broken = "log_of_image" if part == "index" else "log"
    query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    (root,) = connection.execute(query, (broken,)).fetchone()
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    data = bytearray(path.read_bytes())
    if part == "end":
        data = data[: len(data) // 2 // page * page]
    else:
        data[(root - 1) * page : root * page] = b"\x55" * page
    path.write_bytes(bytes(data))
    again = open_project(folder)
    assert any("damaged" in notice for notice in again.notices)
    assert again.classes.by_id(1).name == "nucleus"
    found, history = again.load_layers(again.item_by_name("a.png").id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)
    assert len(history) == (30 if part == "index" else 1)


def test_a_label_png_changed_by_another_program_becomes_an_edit(
    folder: Path, open_project: Open
) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    project.close()
    changed = layers.labels.copy()
    changed[100:, :] = 0
    cv2.imwrite(str(folder / "maskloop" / "labels" / "a.png.png"), changed)
    again = open_project(folder)
    found, history = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, changed)
    assert [entry.edit.name for entry in history.entries()] == ["Brush", "Labels from a file"]
    again.flush()
    found, history = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, changed)
    assert len(history) == 2


def test_labels_of_another_size_are_put_aside(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    project.checkpoint(image_id, layers.labels.copy())
    project.flush()
    found, history = project.load_layers(image_id, (80, 90))
    assert (found.labels == UNLABELLED).all()
    assert found.labels.shape == (80, 90)
    assert history.undo_name is None
    assert any("a.png" in notice and "put aside" in notice for notice in project.notices)
    project.flush()
    kept = [read_label_png(path)[0] for path in (folder / "maskloop" / "set-aside").iterdir()]
    assert any(np.array_equal(labels, layers.labels) for labels in kept)
    again, _ = project.load_layers(image_id, (80, 90))
    paint(project, image_id, again.labels, 5, 1)
    project.close()
    found, _ = open_project(folder).load_layers(image_id, (80, 90))
    np.testing.assert_array_equal(found.labels, again.labels)


def test_an_image_moved_to_a_subfolder_keeps_its_labels(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    project.close()
    (folder / "a.png").rename(folder / "sub" / "moved.png")
    again = open_project(folder)
    assert again.item_by_name("sub/moved.png").id == image_id
    found, history = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)
    assert history.undo_name == "Brush"
    assert len(again.images) == 3
    assert any("sub/moved.png" in notice for notice in again.notices)
    again.close()
    assert (folder / "maskloop" / "labels" / "sub" / "moved.png.png").exists()


def test_a_vanished_labelled_image_is_shown_as_failed_and_comes_back(
    folder: Path, open_project: Open
) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    data = (folder / "a.png").read_bytes()
    (folder / "a.png").unlink()
    (folder / "b.jpg").unlink()
    for _ in project.rescan():
        pass
    assert project.images[image_id].state is ImageState.FAILED
    assert "a.png" in (project.images[image_id].error or "")
    assert len(project.images) == 2
    (folder / "a.png").write_bytes(data)
    for _ in project.rescan():
        pass
    assert project.images[image_id].state is ImageState.EDITED


def test_a_replaced_image_is_told_and_its_labels_are_kept(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    project.close()
    write_image(folder / "a.png", seed=77, size=(150, 200))
    (folder / "a.png").write_bytes((folder / "a.png").read_bytes() + b"\0")
    again = open_project(folder)
    assert any("a.png was changed" in notice for notice in again.notices)
    found, _ = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)


def test_a_folder_that_cannot_be_written_keeps_labels_with_the_user(
    folder: Path, open_project: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(location, "_user_folder", lambda f: tmp_path / "user" / f.name)
    with monkeypatch.context() as patch:
        refuse(patch, errno.EACCES)
        project = open_project(folder)
        assert project.data_folder == tmp_path / "user" / "pictures"
        assert "cannot be written" in project.notices[0]
        assert not (folder / "maskloop").exists()
        project.close()
    again = open_project(folder)
    assert again.data_folder == project.data_folder, "the labels are there, and nowhere else"
    assert "could not be written: your labels are kept in" in again.notices[0]


def refuse(patch: pytest.MonkeyPatch, code: int) -> None:
    """Nothing can be written beside the images."""
    real = location._refusal
    error = OSError(code, "refused")
    patch.setattr(location, "_refusal", lambda f: error if f.name == "maskloop" else real(f))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_project_on_a_full_disk_is_not_begun_anew_elsewhere(
    folder: Path, open_project: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(location, "_user_folder", lambda f: tmp_path / "user" / f.name)
    open_project(folder).close()
    refuse(monkeypatch, code)
    with pytest.raises(ProjectDiskFull, match="is full: make room and open it again"):
        open_project(folder)
    assert not (tmp_path / "user").exists()
    assert open_project(folder, read_only=True).data_folder == folder / "maskloop"


@pytest.mark.parametrize("is_read_only", [False, True])
def test_of_two_projects_the_other_one_is_named(
    folder: Path,
    open_project: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_read_only: bool,
) -> None:
    monkeypatch.setattr(location, "_user_folder", lambda f: tmp_path / "user" / f.name)
    open_project(folder).close()
    with monkeypatch.context() as patch:
        refuse(patch, errno.EACCES)
        open_project(folder).close()  # a copy of it, from now on with labels of its own
    again = open_project(folder, read_only=is_read_only)
    assert again.data_folder == folder / "maskloop"
    assert any(f"is in {tmp_path / 'user' / 'pictures'}: its" in told for told in again.notices)
    again.close()
    refuse(monkeypatch, errno.EACCES)
    if not is_read_only:
        assert f"is in {folder / 'maskloop'}: its" in open_project(folder).notices[0]


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE])
def test_a_project_that_cannot_be_marked_as_open_is_told_freed_and_kept(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    open_project(folder).close()
    expected = ProjectDiskFull if code == sqlite3.SQLITE_FULL else ProjectError
    with monkeypatch.context() as patch:
        patch.setattr(storage, "write_meta", lambda *_: fail(code))
        with pytest.raises(expected, match=r"is full|cannot be opened"):
            Project.open(folder)
    open_project(folder)


def test_a_project_half_copied_to_the_user_is_copied_again(
    folder: Path, open_project: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(location, "_user_folder", lambda f: tmp_path / "user" / f.name)
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    project.close()
    (folder / "maskloop" / "project.holder.lock").write_text("of another process")
    refuse(monkeypatch, errno.EACCES)
    with monkeypatch.context() as patch:
        copy = location.shutil.copytree

        def stop(*args: object, **options: object) -> None:
            copy(*args, **options)  # type: ignore[call-overload]
            raise OSError("stopped")

        patch.setattr(location.shutil, "copytree", stop)
        with pytest.raises(OSError, match="stopped"):
            Project.open(folder)
    assert not (tmp_path / "user" / "pictures" / "project.db").exists()
    again = open_project(folder)
    assert not (again.data_folder / "project.holder.lock").exists()
    found, _ = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)


def fail(code: int) -> None:
    error = sqlite3.OperationalError("refused")
    error.sqlite_errorcode = code
    raise error


def test_a_passing_error_of_the_disk_is_not_taken_for_damage(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_project(folder).close()
    with monkeypatch.context() as patch:
        patch.setattr(store, "_prepare", lambda *_: fail(sqlite3.SQLITE_IOERR_READ))
        with pytest.raises(ProjectError, match="cannot be opened"):
            Project.open(folder)
    assert not list((folder / "maskloop").glob("*.damaged-*"))
    assert not open_project(folder).notices


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="nowhere"):
        Project.open(tmp_path / "nowhere")


def test_names_of_any_language_and_shape_work(folder: Path, open_project: Open) -> None:
    names = ["mit Leerzeichen.png", "Grüße.png", "图像.png", "new\nline.png", "x" * 240 + ".png"]
    for number, name in enumerate((*names, "a.bmp")):
        write_image(folder / name, seed=number)
    project = open_project(folder)
    painted = {}
    for name in (*names, "a.png", "a.bmp"):
        image_id = project.item_by_name(name).id
        assert project.load_image(image_id).shape == (*SIZE, 3)
        layers, _ = project.load_layers(image_id, SIZE)
        paint(project, image_id, layers.labels, len(painted) * 9, 1)
        painted[image_id] = layers.labels
    assert project.close()
    again = open_project(folder)
    for image_id, labels in painted.items():
        np.testing.assert_array_equal(again.load_layers(image_id, SIZE)[0].labels, labels)


def test_half_written_files_are_removed_after_a_crash(folder: Path, open_project: Open) -> None:
    open_project(folder).close()
    database = sqlite3.connect(folder / "maskloop" / "project.db")
    with database:
        database.execute("UPDATE meta SET value = '1' WHERE key = 'is_open'")
    database.close()
    leftover = folder / "maskloop" / "labels" / ".abc.maskloop-part"
    leftover.parent.mkdir(exist_ok=True)
    leftover.write_bytes(b"half")
    half = folder / "maskloop" / "models" / ".v0002-abc"
    moved = folder / "maskloop" / "models" / ".v0001-old-abc" / "model"
    for model in (half, moved):
        model.mkdir(parents=True)
        (model / "model.json").write_bytes(b"{}")
    project = open_project(folder)
    assert not leftover.exists()
    # Killed between the two renames of a publish: the model before is there again.
    assert [path.name for path in project.models_folder.iterdir()] == ["v0001"]
    assert (project.models_folder / "v0001" / "model.json").is_file()
    (notice,) = project.notices
    assert "3 half-written files were removed" in notice


def test_a_renamed_image_without_labels_keeps_its_prediction(
    folder: Path, open_project: Open
) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    pixels = np.full(SIZE, 1, np.uint8)
    project.save_prediction(image_id, pixels, pixels, is_suggestion=False, version="v0001")
    assert project.close()
    (folder / "a.png").rename(folder / "z.png")
    again = open_project(folder)
    item = again.item_by_name("z.png")
    assert (item.id, item.state) == (image_id, ImageState.PREDICTED)
    again.flush()
    layers, _ = again.load_layers(item.id, SIZE)
    np.testing.assert_array_equal(layers.prediction, pixels)


def test_a_renamed_image_keeps_what_was_predicted_before_its_corrections(
    folder: Path, open_project: Open
) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    pixels = np.full(SIZE, 1, np.uint8)
    project.save_prediction(image_id, pixels, pixels, is_suggestion=False, version="v0001")
    write_label_png(project.baseline_path(image_id), pixels)
    project.close()
    (folder / "a.png").rename(folder / "z.png")
    again = open_project(folder)
    again.flush()
    assert again.item_by_name("z.png").id == image_id
    assert (read_label_png(again.baseline_path(image_id))[0] == 1).all()
    write_image(folder / "a.png", seed=9)
    list(again.rescan())
    assert not again.baseline_path(again.item_by_name("a.png").id).exists()


_PAINTER = """
import hashlib, sys
from pathlib import Path
import numpy as np
from app.document.edit import EditRecorder, apply_edit, revert_edit
from app.document.project import Project
folder, seed = Path(sys.argv[1]), int(sys.argv[2])
project = Project.open(folder)
list(project.rescan())
image_id = project.item_by_name("a.png").id
layers, history = project.load_layers(image_id, (150, 200))
print("start", flush=True)
def tell(word):
    print(word, hashlib.sha1(layers.labels).hexdigest(), len(history.entries()), flush=True)
random = np.random.default_rng(seed)
for step in range(100_000):
    kind = random.integers(0, 8)
    if kind == 0 and history.undo_name:
        edit = history.undo()
        revert_edit(layers.labels, edit)
        commit = project.commit_undo
    elif kind == 1 and history.redo_name:
        edit = history.redo()
        apply_edit(layers.labels, edit)
        commit = project.commit_redo
    elif kind == 2:
        project.checkpoint(image_id, layers.labels.copy())
        continue
    else:
        recorder = EditRecorder(layers.labels)
        x, y = random.integers(0, 180), random.integers(0, 130)
        recorder.touch(x, y, x + 20, y + 20)
        layers.labels[y:y + 20, x:x + 20] = step % 7
        edit = recorder.commit("Brush")
        if edit is None:
            continue
        history.push(edit)
        commit = project.commit_edit
    tell("asked")
    commit(image_id, edit)
    if project.flush():
        tell("durable")
"""


@pytest.mark.parametrize("kept_lines", [1, 7, 30, 55])
def test_nothing_committed_is_lost_when_the_process_is_killed(
    folder: Path, open_project: Open, kept_lines: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _PAINTER, str(folder), str(kept_lines)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(kept_lines + 1)]
    process.kill()
    lines += process.stdout.readlines()
    process.stdout.close()
    process.wait()
    project = open_project(folder)
    assert "not closed" in project.notices[0]
    image_id = project.item_by_name("a.png").id
    layers, history = project.load_layers(image_id, SIZE)
    told = [line.split() for line in lines if line.endswith("\n")]
    last = max(number for number, words in enumerate(told) if words[0] != "asked")
    # What was asked last may be durable before that was told.
    allowed = [words[1:] for words in told[last:]] if last else [words[1:] for words in told]
    found = [hashlib.sha1(layers.labels).hexdigest(), str(len(history.entries()))]
    assert found in allowed or last == 0


def test_failures_are_told_and_nothing_counts_as_saved(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[Exception] = []
    told = threading.Event()
    project = open_project(folder, on_failed=lambda error: (failures.append(error), told.set()))
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    project.flush()
    is_full = True

    def write(path: Path, labels: np.ndarray, text: dict[str, str] | None = None) -> None:
        if is_full:
            raise OSError(28, "No space left on device")
        write_label_png(path, labels, text)

    monkeypatch.setattr("app.document.label_store.write_label_png", write)
    paint(project, image_id, layers.labels, 5, 1)
    project.checkpoint(image_id, layers.labels.copy())
    assert told.wait(10)
    assert not project.is_saved
    assert not project.flush()
    is_full = False
    assert project.flush()
    assert project.is_saved
    assert len(failures) == 1


def test_label_files_newer_than_a_restored_database_are_kept(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 5, 1)
    project.close()
    database = folder / "maskloop" / "project.db"
    old = database.read_bytes()
    project = open_project(folder)
    layers, _ = project.load_layers(image_id, SIZE)
    paint(project, image_id, layers.labels, 90, 0)
    project.close()
    database.write_bytes(old)
    again = open_project(folder)
    found, history = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)
    assert history.undo_name == "Labels from a file"
