"""Full disks and missing permissions, injected below every write: nothing is lost."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.document.edit import EditRecorder
from app.document.errors import ExportError
from app.document.export import export
from app.document.files import read_label_png
from app.document.project import Project
from app.document.saver import Change, Saver
from tests.unit.document.conftest import SIZE

Open = Callable[..., Project]


class Disk:
    """Fails some of the calls that every safe write makes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, code: int, seed: int) -> None:
        self.code = code
        self.random = np.random.default_rng(seed)
        self.is_broken = False
        self.faults = 0
        for name in ("fsync", "replace"):
            monkeypatch.setattr(os, name, self._failing(getattr(os, name)))

    def _failing(self, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object) -> object:
            if self.is_broken and self.random.random() < 0.7:
                self.faults += 1
                raise OSError(self.code, os.strerror(self.code))
            return real(*args)

        return call


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_faults_while_painting_lose_nothing(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    disk = Disk(monkeypatch, code, seed=code)
    told: list[Exception] = []
    project = open_project(folder, on_failed=told.append)
    image_id = project.item_by_name("a.png").id
    layers, history = project.load_layers(image_id, SIZE)
    path = project.label_path(image_id)
    random = np.random.default_rng(1)
    asked: set[bytes] = set()
    for step in range(60):
        disk.is_broken = step % 3 != 0
        recorder = EditRecorder(layers.labels)
        x, y = (int(value) for value in random.integers(0, 120, 2))
        recorder.touch(x, y, x + 30, y + 30)
        layers.labels[y : y + 30, x : x + 30] = step % 2
        edit = recorder.commit("Brush")
        if edit is not None:
            history.push(edit)
            project.commit_edit(image_id, edit)
        project.checkpoint(image_id, layers.labels.copy())
        asked.add(layers.labels.tobytes())
        if project.flush():
            np.testing.assert_array_equal(read_label_png(path)[0], layers.labels)
        elif path.exists():
            # The last good file, whole: a later try may have succeeded in between.
            assert read_label_png(path)[0].tobytes() in asked
    assert disk.faults > 20
    assert told
    disk.is_broken = False
    assert project.close()
    again = open_project(folder)
    found, found_history = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(found.labels, layers.labels)
    assert len(found_history) == len(history)


def test_a_full_database_keeps_edits_until_there_is_room(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, data BLOB)")
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    told: list[Exception] = []
    states: list[bool] = []
    saver = Saver(connection, on_failed=told.append, on_saved=states.append, retry_seconds=0.01)
    done: list[int] = []

    def insert(number: int) -> Change:
        row = (number, bytes(20_000))
        return Change(
            lambda db: db.execute("INSERT INTO log VALUES (?, ?)", row), lambda: done.append(number)
        )

    for number in range(5):
        saver.change(insert(number))
    assert not saver.flush()
    assert not saver.is_saved
    assert done == []
    assert states == [False]
    assert len(told) == 1
    connection.execute("PRAGMA max_page_count = 100000")
    while not saver.flush(10):
        pass
    assert done == [0, 1, 2, 3, 4]
    assert states[-1] is True
    assert saver.close()


def test_a_change_that_can_never_succeed_holds_up_no_other(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE log (id INTEGER PRIMARY KEY)")
    told: list[Exception] = []
    saver = Saver(connection, on_failed=told.append)
    done: list[int] = []
    for number in (1, 1, 2):
        saver.change(
            Change(
                lambda db, n=number: db.execute("INSERT INTO log VALUES (?)", (n,)),
                lambda n=number: done.append(n),
            )
        )
    while not saver.flush(10):
        pass
    assert done == [1, 2]
    assert isinstance(told[0], sqlite3.IntegrityError)
    saver.close()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_failed_export_keeps_the_last_one(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    project = open_project(folder)
    out = folder.parent / "out"
    list(export(project, "ids", out))
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def fail(self: Path, data: bytes) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fail)
        with pytest.raises(ExportError, match="cannot be written"):
            list(export(project, "voc", out, overwrite=True))
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_file_is_never_ahead_of_the_journal(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    told = threading.Event()
    saver = Saver(connection, on_failed=lambda error: told.set(), retry_seconds=0.01)
    order: list[str] = []
    is_full = True

    def change(db: sqlite3.Connection) -> None:
        if is_full:
            raise sqlite3.OperationalError("database or disk is full")
        order.append("journal")

    saver.change(Change(change))
    saver.write_file("labels", lambda: order.append("file"))
    assert told.wait(10)
    assert not saver.flush()
    assert order == []
    is_full = False
    while not saver.flush(10):
        pass
    assert order == ["journal", "file"]
    saver.close()


def test_a_folder_that_is_moved_while_open_is_said_and_nothing_is_lost_when_it_is_back(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    told: list[Exception] = []
    project = open_project(folder, on_failed=told.append)
    assert project.flush()
    away = tmp_path / "away"
    folder.rename(away)
    project.set_setting("colour", "blue")
    assert not project.flush()
    assert not project.is_saved
    assert "put it back" in str(told[-1])
    assert not folder.exists()
    away.rename(folder)
    assert project.flush()
    assert project.close()
    assert open_project(folder).setting("colour") == "blue"


def test_a_copy_in_the_place_of_an_open_project_is_not_taken_for_it(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    assert project.flush()
    folder.rename(tmp_path / "away")
    shutil.copytree(tmp_path / "away", folder)
    project.set_setting("colour", "blue")
    assert not project.flush()
    shutil.rmtree(folder)
    (tmp_path / "away").rename(folder)
    assert project.flush()
