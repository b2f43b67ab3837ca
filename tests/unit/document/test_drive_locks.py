"""A project on a drive that knows no file locks: one writer, some who look, and kills."""

from __future__ import annotations

import errno
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.document import drive_locks, storage, store
from app.document.backup import backup
from app.document.check import check
from app.document.drive_locks import knows_locks
from app.document.edit import EditRecorder
from app.document.encryption import encrypt_project
from app.document.errors import ProjectError, ProjectLocked
from app.document.project import Project
from app.document.store import DamagedStore, open_store
from app.document.vault import Cost
from tests.unit.document.conftest import SIZE
from tests.unit.document.test_migration import expect_everything, write_project

Open = Callable[..., Project]
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows locks every drive"),
    pytest.mark.usefixtures("no_locks"),
]

KILLED = """
import errno, os, signal, sys, fcntl
from pathlib import Path
from filelock import FileLock
from app.document.project import Project
from app.document.saver import Change
from tests.unit.document.test_drive_locks import paint

def refuse(*_, **__):
    raise OSError(errno.ENOLCK, "No locks available")

def die_half_way(db):
    db.execute("PRAGMA cache_size = 1")
    db.execute("UPDATE images SET state = 'broken', error = zeroblob(50000)")
    db.execute("UPDATE log SET name = 'half'")
    os.kill(os.getpid(), signal.SIGKILL)

if "refuse" in sys.argv:
    fcntl.lockf = FileLock.acquire = refuse
project = Project.open(Path(sys.argv[1]))
list(project.rescan())
paint(project, "a.png", 2)
assert project.flush()
project._storage.change(die_half_way)
project.flush()
"""
"""Paints, then is killed in the middle of a transaction that is partly in the file already."""


def paint(project: Project, name: str, value: int) -> None:
    image_id = project.item_by_name(name).id
    labels = project.load_layers(image_id, SIZE)[0].labels
    recorder = EditRecorder(labels)
    recorder.touch(0, 0, 50, 50)
    labels[:50, :50] = value
    edit = recorder.commit("Brush")
    assert edit is not None
    project.commit_edit(image_id, edit)


def painted(project: Project) -> list[int]:
    layers, history = project.load_layers(project.item_by_name("a.png").id, SIZE)
    return [*np.unique(layers.labels).tolist(), len(history)]


def kill_painter(folder: Path, *words: str) -> None:
    command = [sys.executable, "-c", KILLED, str(folder), *words]
    ended = subprocess.run(command, cwd=Path(__file__).parents[3], check=False)
    assert ended.returncode == -9


def journal_mode(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "maskloop" / "project.db")) as db:
        return str(db.execute("PRAGMA journal_mode").fetchone()[0])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "maskloop").iterdir())


def test_a_drive_is_tried_and_nothing_is_left_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not knows_locks(tmp_path)
    monkeypatch.undo()
    assert knows_locks(tmp_path)
    assert not list(tmp_path.iterdir())
    assert knows_locks(tmp_path / "that cannot be written")


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS])
def test_every_way_to_refuse_counts_and_a_lock_of_another_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse_with(number: int) -> None:
        def refuse(*_: object) -> None:
            raise OSError(number, "refused")

        monkeypatch.setattr("fcntl.lockf", refuse)

    refuse_with(code)
    assert not knows_locks(tmp_path)
    refuse_with(errno.EAGAIN)
    assert knows_locks(tmp_path)


def test_a_project_is_written_there_and_opened_again(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    paint(project, "a.png", 1)
    assert project.close()
    assert journal_mode(folder) == "delete"
    assert names(folder) == ["labels", "project.db"]
    assert painted(open_project(folder)) == [1, 255, 1]


def test_another_may_look_while_one_writes(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    with pytest.raises(ProjectLocked):
        open_project(folder)
    paint(project, "a.png", 1)
    assert project.flush()
    assert painted(open_project(folder, read_only=True)) == [1, 255, 1]
    paint(project, "a.png", 2)
    assert project.flush()
    assert painted(open_project(folder, read_only=True)) == [2, 255, 2]


def test_a_killed_process_leaves_nothing_in_the_way(folder: Path, open_project: Open) -> None:
    kill_painter(folder, "refuse")
    assert "project.db.lock" in names(folder)
    assert "project.db-journal" in names(folder)
    project = open_project(folder)
    assert painted(project) == [2, 255, 1]
    assert project.damage() is None
    project.close()
    assert names(folder) == ["labels", "project.db"]


def test_what_a_killed_process_left_can_be_looked_at_and_is_not_touched(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_BUSY_SECONDS", 0.1)
    kill_painter(folder, "refuse")
    left = {path: path.read_bytes() for path in (folder / "maskloop").iterdir() if path.is_file()}
    project = open_project(folder, read_only=True)
    assert painted(project) == [2, 255, 1]
    assert project.damage() is None
    assert {path: path.read_bytes() for path in left} == left
    assert "project.db.lock" in names(folder)


def test_the_lock_of_a_living_process_is_not_taken_away(folder: Path, open_project: Open) -> None:
    assert open_project(folder).flush()
    held = folder / "maskloop" / "project.db.lock"
    held.mkdir()
    with pytest.raises(ProjectLocked):
        open_project(folder)
    assert held.is_dir()
    held.rmdir()


def test_a_database_that_somebody_looks_at_for_long_is_not_taken_for_damaged(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_project(folder).close()
    monkeypatch.setattr(store, "_BUSY_SECONDS", 0.1)
    (folder / "maskloop" / "project.db.lock").mkdir()
    with pytest.raises(ProjectError, match=r"cannot be opened \(database is locked\)") as caught:
        open_store(folder / "maskloop" / "project.db")
    assert not isinstance(caught.value, DamagedStore)


def test_who_writes_never_reads_from_a_copy(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_project(folder).close()
    monkeypatch.setattr(store, "_BUSY_SECONDS", 0.1)
    begin = storage.compact

    def look_meanwhile(*args: object) -> None:
        begin(*args)  # type: ignore[arg-type]
        (folder / "maskloop" / "project.db.lock").mkdir()

    with monkeypatch.context() as patch:
        patch.setattr(storage, "compact", look_meanwhile)
        with pytest.raises(ProjectError, match=r"cannot be opened \(database is locked\)"):
            Project.open(folder)
    open_project(folder)


def test_a_write_ahead_log_from_another_drive_is_taken_over(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_painter(folder)
    assert (folder / "maskloop" / "project.db-wal").stat().st_size
    assert painted(open_project(folder, read_only=True)) == [2, 255, 1]
    project = open_project(folder)
    assert painted(project) == [2, 255, 1]
    project.close()
    assert journal_mode(folder) == "delete"
    monkeypatch.undo()
    again = open_project(folder)
    assert painted(again) == [2, 255, 1]
    again.close()
    assert journal_mode(folder) == "wal"


def test_a_project_there_is_checked_backed_up_and_encrypted(
    folder: Path, tmp_path: Path, open_project: Open
) -> None:
    project = open_project(folder)
    paint(project, "a.png", 1)
    project.checkpoint_behind(project.item_by_name("a.png").id)
    assert not [finding for checked in check(project) for finding in checked.findings]
    list(backup(project, tmp_path / "work.zip"))
    assert zipfile.ZipFile(tmp_path / "work.zip").namelist() == ["project.db", "labels/a.png.png"]
    project.close()
    encrypt_project(folder, "four words are enough", cost=Cost(n=2**4))
    assert painted(open_project(folder, passphrase="four words are enough")) == [1, 255, 1]


def test_an_older_project_there_is_brought_up(folder: Path, open_project: Open) -> None:
    labels = write_project(folder, 1)
    expect_everything(open_project(folder), labels)
    assert "project.db.version-1" in names(folder)


def test_a_damaged_database_there_gives_what_can_be_read(folder: Path, open_project: Open) -> None:
    project = open_project(folder)
    paint(project, "a.png", 1)
    project.close()
    database = folder / "maskloop" / "project.db"
    data = database.read_bytes()
    database.write_bytes(data[: len(data) // 2])
    assert painted(open_project(folder))[:2] == [1, 255]
    assert "project.db.damaged-1" in names(folder)


def test_one_that_looks_is_waited_for_before_its_lock_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = tmp_path / "project.db.lock"
    held.mkdir()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        held.rmdir()
        (tmp_path / "other").mkdir()

    monkeypatch.setattr(drive_locks.time, "sleep", wait)
    drive_locks.remove_stale_lock(tmp_path)
    assert len(waits) == 1
