"""What can still be read of a damaged database."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from pathlib import Path

from app.document.store import connect, open_store

logger = logging.getLogger(__name__)

_JOURNALS = ("-wal", "-shm", "-journal")
_TABLES = ("classes", "images", "scores", "versions", "settings")


def rescue(path: Path) -> tuple[Path, bool]:
    """Put what can be read of a damaged database in its place, and the damaged one aside.

    Stopped anywhere, it is done anew or finished at the next opening (`finish_rescue`). Gives where
    the damaged one is, and whether the journal was whole.
    """
    rescued = _rescued(path)
    _remove(rescued)
    with contextlib.closing(open_store(rescued)) as target:
        target.execute("BEGIN")
        has_journal = _salvage(path, target)
        target.execute("COMMIT")
    number = 1
    while (aside := _damaged(path, number)).exists():
        number += 1
    os.replace(path, aside)
    finish_rescue(path)
    return aside, has_journal


def finish_rescue(path: Path) -> None:
    """Put a rescued database in its place, also when a rescue was stopped just before that."""
    rescued = _rescued(path)
    if not rescued.exists() or path.exists():
        return
    number = 1
    while _damaged(path, number + 1).exists():
        number += 1
    for suffix in _JOURNALS:  # of the damaged one: SQLite would apply them to the rescued one
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{suffix}", f"{_damaged(path, number)}{suffix}")
    os.replace(rescued, path)


def _damaged(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.damaged-{number}")


def _rescued(path: Path) -> Path:
    return path.with_name(f"{path.name}.rescued")


def _remove(database: Path) -> None:
    for suffix in ("", *_JOURNALS):
        Path(f"{database}{suffix}").unlink(missing_ok=True)


def _salvage(damaged: Path, target: sqlite3.Connection) -> bool:
    """Copy the readable tables of a damaged database into a new one. True: the journal too.

    A table is taken up to its first broken row, but the journal whole or not at all: with a row
    missing, the undo steps after it would belong to other pixels. So it is with a base that is
    missing, without which the rows after it begin in the air.
    """
    try:
        source = connect(damaged, "mode=ro")
    except sqlite3.Error:
        return False
    try:
        # Otherwise SQLite reads nothing at all of a file that is shorter than its header says.
        source.execute("PRAGMA writable_schema = ON")
        for table in _TABLES:
            _write(target, table, _readable_rows(source, table)[0])
        rows, is_whole = _readable_rows(source, "log")
        bases = _bases(source)
        known = {(row[1], row[0]) for row in rows}
        is_whole = is_whole and bases is not None and known.issuperset(bases)
        if not is_whole or not _same_journal(source, target):
            target.execute("UPDATE images SET checkpoint = 0")
            return False
        _write(target, "log", rows)
        _write(target, "bases", bases or [])
        return True
    finally:
        source.close()


def _readable_rows(source: sqlite3.Connection, table: str) -> tuple[list[tuple[object, ...]], bool]:
    rows: list[tuple[object, ...]] = []
    try:
        for row in source.execute(f"SELECT * FROM {table} ORDER BY rowid"):
            rows.append(row)  # noqa: PERF402 - what was read before the error is kept.
    except sqlite3.Error as error:
        logger.warning("%s is damaged after %d rows: %s", table, len(rows), error)
        return rows, False
    return rows, True


def _bases(source: sqlite3.Connection) -> list[tuple[object, ...]] | None:
    """Image and row of each base; none in a database that is older than bases, None: damaged."""
    try:
        (version,) = source.execute(
            "SELECT value FROM meta WHERE key = 'schema_version'"
        ).fetchone()
    except (sqlite3.Error, TypeError):
        return None
    if version == "1":
        return []
    rows, is_whole = _readable_rows(source, "bases")
    return rows if is_whole else None


def _write(target: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    columns = [str(found[1]) for found in target.execute(f"PRAGMA table_info({table})")]
    for row in rows:
        # An older table has fewer: new ones are always added at the end.
        names, marks = ", ".join(columns[: len(row)]), ", ".join("?" * len(row))
        try:
            target.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", row)
        except sqlite3.Error as error:
            logger.warning("A row of %s was left out: %s", table, error)


def _same_journal(source: sqlite3.Connection, target: sqlite3.Connection) -> bool:
    """Take over the journal's name, which the label files carry."""
    try:
        (name,) = source.execute("SELECT value FROM meta WHERE key = 'journal'").fetchone()
    except (sqlite3.Error, TypeError):
        return False
    target.execute("UPDATE meta SET value = ? WHERE key = 'journal'", (name,))
    return True
