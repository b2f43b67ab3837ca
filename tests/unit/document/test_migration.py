"""Projects of older Maskloops open: copied first, then brought up, and nothing is lost."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.document.cells import Cells
from app.document.edit import EditRecorder, revert_edit
from app.document.encryption import decrypt_project, encrypt_project, vault_of
from app.document.layers import blank_labels
from app.document.log_rows import LogRow, Operation, insert_row
from app.document.project import Project
from app.document.store import SCHEMA_VERSION, DamagedStore, open_store, read_meta
from app.document.vault import Cost
from tests.unit.document.conftest import SIZE

Open = Callable[..., Project]
PASSPHRASE = "four words are enough"

SCHEMAS = {
    1: """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE classes (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL,
    red INTEGER NOT NULL, green INTEGER NOT NULL, blue INTEGER NOT NULL);
CREATE TABLE images (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL, error TEXT,
    width INTEGER NOT NULL, height INTEGER NOT NULL,
    bytes INTEGER NOT NULL, modified INTEGER NOT NULL, digest TEXT,
    is_missing INTEGER NOT NULL, has_labels INTEGER NOT NULL, checkpoint INTEGER NOT NULL);
CREATE TABLE log (
    id INTEGER PRIMARY KEY, image_id INTEGER NOT NULL, operation TEXT NOT NULL,
    name TEXT NOT NULL, created REAL NOT NULL, tiles BLOB);
CREATE INDEX log_of_image ON log (image_id, id);
CREATE TABLE scores (
    id INTEGER PRIMARY KEY, image_id INTEGER NOT NULL, version TEXT NOT NULL,
    created REAL NOT NULL, scores TEXT NOT NULL);
CREATE TABLE versions (name TEXT PRIMARY KEY, created REAL NOT NULL, details TEXT NOT NULL);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
}
SCHEMAS[2] = f"""{SCHEMAS[1]}
CREATE TABLE bases (image_id INTEGER PRIMARY KEY, row INTEGER NOT NULL);
"""
"""The tables as each older version made them. Never changed; a new version adds one."""


def write_project(folder: Path, version: int, cells: Cells | None = None) -> np.ndarray:
    """A project of this version: two classes, three strokes, one undone. Returns the labels."""
    cells = cells or Cells()
    (folder / "maskloop").mkdir(exist_ok=True)
    path = folder / "maskloop" / "project.db"
    path.unlink(missing_ok=True)
    labels = blank_labels(SIZE)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(SCHEMAS[version])
        meta = {"schema_version": str(version), "journal": "a" * 32, "is_open": "0"}
        db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        for class_id, name in enumerate(("background", "Zelle")):
            sealed = cells.seal("classes", "name", name, id=class_id)
            db.execute("INSERT INTO classes VALUES (?, ?, 1, 2, 3)", (class_id, sealed))
        row = (7, "a.png", "edited", None, SIZE[1], SIZE[0], 0, 0, None, 0, 1, 0)
        db.execute(f"INSERT INTO images VALUES ({', '.join('?' * 12)})", row)
        sealed = cells.seal("settings", "value", json.dumps([1, 2]), key="colour")
        db.execute("INSERT INTO settings VALUES ('colour', ?)", (sealed,))
        for number in range(1, 4):
            recorder = EditRecorder(labels)
            recorder.touch(0, 0, 60, 60)
            labels[: 20 * number, :60] = number % 2
            edit = recorder.commit("Brush")
            assert edit is not None
            insert_row(db, LogRow(number, 7, Operation.EDIT, edit.created, edit), cells)
        revert_edit(labels, edit)
        insert_row(db, LogRow(4, 7, Operation.UNDO, 0.0), cells)
    return labels


def expect_everything(project: Project, labels: np.ndarray) -> None:
    assert [item.name for item in project.classes] == ["background", "Zelle"]
    assert project.setting("colour") == [1, 2]
    found, history = project.load_layers(7, SIZE)
    np.testing.assert_array_equal(found.labels, labels)
    assert len(history) == 2
    assert history.redo_name == "Brush"


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(read_meta(db, "schema_version") or 0)


def test_every_older_version_has_its_tables_here() -> None:
    assert list(SCHEMAS) == list(range(1, SCHEMA_VERSION))


@pytest.mark.parametrize("version", SCHEMAS)
def test_an_older_project_is_copied_and_brought_up_with_all_that_is_in_it(
    folder: Path, open_project: Open, version: int
) -> None:
    labels = write_project(folder, version)
    expect_everything(open_project(folder), labels)
    database = folder / "maskloop" / "project.db"
    assert version_of(database) == SCHEMA_VERSION
    copy = database.with_name(f"project.db.version-{version}")
    assert version_of(copy) == version
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT COUNT(*) FROM log").fetchone() == (4,)


@pytest.mark.parametrize("version", SCHEMAS)
def test_the_copy_opens_as_the_older_project_that_it_is(
    folder: Path, open_project: Open, version: int
) -> None:
    labels = write_project(folder, version)
    open_project(folder).close()
    database = folder / "maskloop" / "project.db"
    database.with_name(f"project.db.version-{version}").replace(database)
    expect_everything(open_project(folder), labels)


@pytest.mark.parametrize("version", SCHEMAS)
def test_a_migrated_project_has_the_tables_of_a_new_one(
    folder: Path, open_project: Open, tmp_path: Path, version: int
) -> None:
    write_project(folder, version)
    open_project(folder).close()
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    with (
        closing(open_store(folder / "maskloop" / "project.db")) as migrated,
        closing(open_store(tmp_path / "new.db")) as new,
    ):
        assert migrated.execute(query).fetchall() == new.execute(query).fetchall()


@pytest.mark.parametrize("version", SCHEMAS)
def test_an_older_project_can_be_looked_at_without_being_changed(
    folder: Path, open_project: Open, version: int
) -> None:
    labels = write_project(folder, version)
    expect_everything(open_project(folder, read_only=True), labels)
    assert version_of(folder / "maskloop" / "project.db") == version


@pytest.mark.parametrize("version", SCHEMAS)
def test_an_older_encrypted_project_is_brought_up_and_can_be_decrypted(
    folder: Path, open_project: Open, version: int
) -> None:
    open_project(folder).close()
    encrypt_project(folder, PASSPHRASE, cost=Cost(n=2**4))
    vault = vault_of(folder / "maskloop", PASSPHRASE)
    labels = write_project(folder, version, Cells(vault))
    project = open_project(folder, passphrase=PASSPHRASE)
    expect_everything(project, labels)
    project.close()
    copy = folder / "maskloop" / f"project.db.version-{version}"
    before = copy.read_bytes()
    decrypt_project(folder, PASSPHRASE)
    assert copy.read_bytes() == before
    expect_everything(open_project(folder), labels)


@pytest.mark.parametrize("version", SCHEMAS)
def test_the_copy_goes_when_the_project_was_closed_well_three_times(
    folder: Path, open_project: Open, version: int
) -> None:
    labels = write_project(folder, version)
    copy = folder / "maskloop" / f"project.db.version-{version}"
    for _ in range(3):
        open_project(folder).close()
        assert copy.exists()
    open_project(folder, read_only=True).close()
    assert copy.exists()
    expect_everything(open_project(folder), labels)
    assert not copy.exists()


def test_the_copy_stays_while_the_project_does_not_close_well(
    folder: Path, open_project: Open
) -> None:
    write_project(folder, 1)
    copy = folder / "maskloop" / "project.db.version-1"
    for _ in range(5):
        Project.open(folder)._storage.give_up()
    assert copy.exists()
    for _ in range(3):
        open_project(folder).close()
    Project.open(folder)._storage.give_up()
    assert not copy.exists()


def test_a_copy_from_before_they_were_counted_goes_as_well(
    folder: Path, open_project: Open
) -> None:
    open_project(folder).close()
    copy = folder / "maskloop" / "project.db.version-1"
    copy.write_bytes(b"of an earlier Maskloop")
    for _ in range(3):
        open_project(folder).close()
        assert copy.exists()
    open_project(folder)
    assert not copy.exists()


def test_a_later_migration_counts_anew(folder: Path, open_project: Open) -> None:
    write_project(folder, 1)
    for _ in range(3):
        open_project(folder).close()
    database = folder / "maskloop" / "project.db"
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("ALTER TABLE images DROP COLUMN file")
        db.execute("UPDATE meta SET value = '2' WHERE key = 'schema_version'")
    open_project(folder).close()
    assert {path.name for path in database.parent.glob("*.version-*")} == {
        "project.db.version-1",
        "project.db.version-2",
    }


def test_no_plain_copy_stays_in_an_encrypted_project(folder: Path, open_project: Open) -> None:
    write_project(folder, 1)
    open_project(folder).close()
    copy = folder / "maskloop" / "project.db.version-1"
    assert b"Zelle" in copy.read_bytes()
    encrypt_project(folder, PASSPHRASE, cost=Cost(n=2**4))
    assert all(b"Zelle" not in path.read_bytes() for path in _files(folder / "maskloop"))
    assert copy.exists()
    write_project(folder, 1, Cells(vault_of(folder / "maskloop", PASSPHRASE)))
    open_project(folder, passphrase=PASSPHRASE).close()
    assert all(b"Zelle" not in path.read_bytes() for path in _files(folder / "maskloop"))
    assert version_of(copy) == 1


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("version", SCHEMAS)
def test_a_migration_that_was_killed_is_done_at_the_next_start(
    folder: Path, open_project: Open, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    labels = write_project(folder, version)

    class Killed(BaseException):
        pass

    def kill(*arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("app.document.store.os.replace", kill)
        with pytest.raises(Killed):
            Project.open(folder)
    database = folder / "maskloop" / "project.db"
    assert version_of(database) == version
    assert not database.with_name(f"project.db.version-{version}").exists()
    expect_everything(open_project(folder), labels)


@pytest.mark.parametrize("version", SCHEMAS)
def test_a_damaged_older_database_gives_its_labels_and_history(
    folder: Path, open_project: Open, version: int
) -> None:
    labels = write_project(folder, version)
    database = folder / "maskloop" / "project.db"
    with closing(sqlite3.connect(database)) as db:
        db.execute("UPDATE meta SET value = '1' WHERE key = 'is_open'")
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'log_of_image'"
        (page,) = db.execute(query).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
        db.commit()
    data = bytearray(database.read_bytes())
    data[(page - 1) * size : page * size] = b"\xaa" * size
    database.write_bytes(data)
    expect_everything(open_project(folder), labels)
    assert database.with_name("project.db.damaged-1").exists()


@pytest.mark.parametrize("version", ["0", "-1", "two", "", "1.0", "٢x"])
def test_a_version_that_is_none_is_damage_and_everything_is_read_from_the_rest(
    folder: Path, open_project: Open, version: str
) -> None:
    labels = write_project(folder, 1)
    open_project(folder).close()
    database = folder / "maskloop" / "project.db"
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (version,))
    with pytest.raises(DamagedStore, match=r"project\.db is damaged \(its version is"):
        open_project(folder, read_only=True)
    project = open_project(folder)
    assert any("project.db was damaged" in notice for notice in project.notices)
    expect_everything(project, labels)
