"""The database of a project: how it is opened, its tables, and how an older one is brought up."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from functools import partial
from pathlib import Path

from app.document.drive_locks import BY_FOLDER, address, knows_locks, open_copy
from app.document.errors import ProjectDiskFull, ProjectError, ProjectTooNew
from app.document.files import ASIDE_SUFFIX

SCHEMA_VERSION = 3
CLOSED_SINCE_MIGRATION = "closed_since_migration"
"""Key in `meta`: how often the database was closed well since it was brought up."""
_BUSY_SECONDS = 5.0
"""How long to wait for another connection before the database is told to be locked."""

_PASSING = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,  # also a used-up quota, or a network drive that is gone for a moment
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
)
"""Primary result codes that tell nothing bad of the database itself."""

_BASES = "CREATE TABLE bases (image_id INTEGER PRIMARY KEY, row INTEGER NOT NULL);"
"""Which row of the log is the base of an image: without it, the later rows are not whole."""

_FILE = ", file TEXT"
"""Column of an image; without it, its files have the plain name."""

_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE classes (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL,
    red INTEGER NOT NULL, green INTEGER NOT NULL, blue INTEGER NOT NULL);
CREATE TABLE images (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL, error TEXT,
    width INTEGER NOT NULL, height INTEGER NOT NULL,
    bytes INTEGER NOT NULL, modified INTEGER NOT NULL, digest TEXT,
    is_missing INTEGER NOT NULL, has_labels INTEGER NOT NULL, checkpoint INTEGER NOT NULL{_FILE});
CREATE TABLE log (
    id INTEGER PRIMARY KEY, image_id INTEGER NOT NULL, operation TEXT NOT NULL,
    name TEXT NOT NULL, created REAL NOT NULL, tiles BLOB);
CREATE INDEX log_of_image ON log (image_id, id);
{_BASES}
CREATE TABLE scores (
    id INTEGER PRIMARY KEY, image_id INTEGER NOT NULL, version TEXT NOT NULL,
    created REAL NOT NULL, scores TEXT NOT NULL);
CREATE TABLE versions (name TEXT PRIMARY KEY, created REAL NOT NULL, details TEXT NOT NULL);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

_MIGRATIONS = {1: _BASES, 2: "ALTER TABLE images ADD COLUMN file TEXT;"}
"""Statements that bring a database from the version in the key to the next one."""


class DamagedStore(ProjectError):
    """The file is no database, or is damaged."""


def open_store(path: Path) -> sqlite3.Connection:
    """Open for writing, making or migrating it. Usable from any one thread at a time.

    Write-ahead log with a sync at every commit; the older journal on a drive without file locks.
    Raises `DamagedStore`, `ProjectTooNew`, `ProjectDiskFull`, or `ProjectError` when it cannot be
    opened now.
    """
    try:
        connection = _connect(path)
    except sqlite3.OperationalError as error:
        raise not_now(path, error) from error
    except sqlite3.DatabaseError as error:
        raise DamagedStore(f"{path} is damaged ({error}).") from error
    try:
        _prepare(connection, path)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.DatabaseError):
            if _code(error) in _PASSING:
                raise not_now(path, error) from error
            raise DamagedStore(f"{path} is damaged ({error}).") from error
        raise
    return connection


def not_now(path: Path, error: sqlite3.Error) -> ProjectError:
    """What to tell when this project, or a file of it, cannot be opened at the moment."""
    if _code(error) == sqlite3.SQLITE_FULL:
        return ProjectDiskFull(
            f"The disk of {path} is full: make room and open it again, or open it to look only."
        )
    return ProjectError(f"{path} cannot be opened ({error}).")


def _code(error: sqlite3.Error) -> int:
    """The primary result code; the higher bits say where it happened."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def open_reader(path: Path) -> sqlite3.Connection:
    """Open to look only; a missing database reads as an empty one.

    If need be it is a copy, which sees no later change: not for who writes. Raises
    `DamagedStore`. A newer version is opened all the same.
    """
    if not path.exists():
        return empty_store()
    # A write-ahead log beside a file that nobody may write needs `immutable`.
    options = (("mode=ro",), ("mode=ro", "immutable=1"))
    ways = [partial(_open, address(path, *chosen)) for chosen in options]
    if not knows_locks(path.parent):
        ways = [partial(_open, address(path, "mode=ro", BY_FOLDER)), partial(open_copy, path)]
    for way in ways:
        connection: sqlite3.Connection | None = None
        try:
            connection = way(timeout=_BUSY_SECONDS)
            schema_version(connection, path)
            return connection
        except (sqlite3.DatabaseError, OSError, DamagedStore) as error:
            if connection is not None:
                connection.close()
            if isinstance(error, DamagedStore):
                raise
            failure = error
    raise DamagedStore(f"{path} is damaged ({failure}).") from failure


def empty_store() -> sqlite3.Connection:
    """A database in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _create(connection)
    return connection


def read_meta(connection: sqlite3.Connection, key: str) -> str | None:
    """A fact about the database: `schema_version`, `journal` (a unique id), `is_open`."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """Of which version the tables are. Raises `DamagedStore` when that cannot be a version."""
    value = read_meta(connection, "schema_version")
    if value is None or not value.isdecimal() or int(value) < 1:
        raise DamagedStore(f"{path} is damaged (its version is “{value or ''}”).")
    return int(value)


def write_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set a fact about the database."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def damage_of(connection: sqlite3.Connection) -> str | None:
    """What SQLite finds wrong, or None. Reads the whole database."""
    try:
        (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if answer == "ok" else str(answer)


def connect(path: Path, *options: str) -> sqlite3.Connection:
    """Any database on any drive, with these options of SQLite."""
    if not knows_locks(path.parent):
        options = (*options, BY_FOLDER)
    return _open(address(path, *options), _BUSY_SECONDS)


def _open(uri: str, timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
    )


def _connect(path: Path) -> sqlite3.Connection:
    has_locks = knows_locks(path.parent)
    connection = _open(address(path) if has_locks else address(path, BY_FOLDER), _BUSY_SECONDS)
    try:
        _choose_journal(connection, has_locks)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _choose_journal(connection: sqlite3.Connection, has_locks: bool) -> None:
    if has_locks:
        # Network drives without shared memory refuse the write-ahead log: the plain journal works.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        return
    # A write-ahead log from another drive can be read without shared memory only by one alone.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    connection.execute("PRAGMA locking_mode = NORMAL")


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        _create(connection)
        return
    if read_meta(connection, "is_open") == "1":
        damage = damage_of(connection)
        if damage is not None:
            raise DamagedStore(f"{path} is damaged ({damage}).")
    version = schema_version(connection, path)
    if version > SCHEMA_VERSION:
        raise ProjectTooNew(
            f"{path.parent} was written by a newer Maskloop: "
            "update Maskloop, or open it to look only."
        )
    if version < SCHEMA_VERSION:
        _migrate(connection, path, version)


def _create(connection: sqlite3.Connection) -> None:
    connection.executescript(f"BEGIN; {_TABLES}")
    write_meta(connection, "schema_version", str(SCHEMA_VERSION))
    write_meta(connection, "journal", uuid.uuid4().hex)
    connection.execute("COMMIT")


def _migrate(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Forward only, and only after a copy was made."""
    aside = path.with_name(f".{path.name}.version-{version}{ASIDE_SUFFIX}")
    aside.unlink(missing_ok=True)
    with contextlib.closing(connect(aside)) as copy:
        connection.backup(copy)
    os.replace(aside, path.with_name(f"{path.name}.version-{version}"))
    while version < SCHEMA_VERSION:
        connection.executescript(f"BEGIN; {_MIGRATIONS[version]}")
        version += 1
        write_meta(connection, "schema_version", str(version))
        write_meta(connection, CLOSED_SINCE_MIGRATION, "0")
        connection.execute("COMMIT")
