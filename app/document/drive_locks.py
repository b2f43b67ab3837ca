"""Drives that know no file locks (some network drives): SQLite then locks by a folder instead."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import sys
import tempfile
import time
import uuid
from pathlib import Path
from urllib.parse import quote

from app.document.files import ASIDE_SUFFIX

BY_FOLDER = "vfs=unix-dotfile"
"""The option of SQLite: `project.db.lock` is there while somebody reads or writes the database."""

_REFUSALS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_LOOK_SECONDS = 0.5
"""One that looks holds the lock for a moment at a time, never for so long."""


def knows_locks(folder: Path) -> bool:
    """Whether files of this folder can be locked: tried on a new one. Where none can be made
    nothing can be locked by a folder either, and the answer is True.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    probe = folder / f".{uuid.uuid4().hex[:12]}{ASIDE_SUFFIX}"
    try:
        with probe.open("xb") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _REFUSALS
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)
    return True


def address(path: Path, *options: str) -> str:
    """A database as the URI that SQLite opens with these options."""
    return f"file:{quote(os.fsencode(path))}?{'&'.join(options)}"


def open_copy(path: Path, timeout: float) -> sqlite3.Connection:
    """A copy of a database that a killed process left locked, with what it left half written put
    right: nothing of the database itself is touched. Raises `sqlite3.Error`, `OSError`.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        for suffix in ("", "-journal", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
        uri = address(copy, BY_FOLDER)  # Here, too, there may be no locks.
        connection = sqlite3.connect(
            uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("PRAGMA query_only = ON")
        except BaseException:
            connection.close()
            raise
    # The file has no name any more: its space is given back with the connection.
    return connection


def remove_stale_lock(data_folder: Path) -> None:
    """Free the database of a process that was killed. Only by who holds the project, so that
    nobody else can be writing; one that looks is waited for.
    """
    folder = data_folder / "project.db.lock"
    end = time.monotonic() + _LOOK_SECONDS
    while folder.is_dir() and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS / 10)
    with contextlib.suppress(OSError):
        folder.rmdir()
