"""The copy of a database from before a migration: kept until the new one has proved itself."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from app.document.store import CLOSED_SINCE_MIGRATION, read_meta, write_meta

_ENOUGH = 3
"""Times that the project was opened, and closed with everything saved."""


def count_clean_close(connection: sqlite3.Connection, path: Path) -> None:
    """The database at `path` is closed with everything saved."""
    if _copies(path):
        write_meta(connection, CLOSED_SINCE_MIGRATION, str(_count(connection) + 1))


def remove_older_copies(connection: sqlite3.Connection, path: Path) -> None:
    """Remove them once the database at `path`, which was just opened, was closed often enough."""
    if _count(connection) < _ENOUGH:
        return
    for copy in _copies(path):
        with contextlib.suppress(OSError):  # Then at the next opening.
            copy.unlink()


def _copies(path: Path) -> list[Path]:
    return list(path.parent.glob(f"{path.name}.version-*"))


def _count(connection: sqlite3.Connection) -> int:
    value = read_meta(connection, CLOSED_SINCE_MIGRATION) or ""
    return int(value) if value.isdecimal() else 0
