"""What writes a project to the disk, behind, in order, and knows whether everything is there."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.document.errors import ProjectGone
from app.document.save_trouble import HOPELESS, reason_of

logger = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
_LARGEST_BATCH = 256


@dataclass(frozen=True, eq=False)
class Change:
    """A change of the database. `done` is called by the writer once it is durable."""

    apply: Callable[[sqlite3.Connection], object]
    done: Callable[[], None] | None = None


FileJob = Callable[[], None]
"""Writes files; raises `OSError`."""


@dataclass(frozen=True, eq=False)
class _File:
    """A waiting file job, and how many changes must be durable before it."""

    job: FileJob
    after: int


class Saver:
    """Owns the writing connection. Every method may be called from any thread.

    One thread makes the changes of the database, in order, many in one transaction, synced. Another
    writes files, each after all changes that were asked before it, so that a large picture never
    holds up a stroke. What fails is kept and tried again every two seconds and when something new
    comes; `on_failed` hears of it once, and `is_saved` stays False.
    `on_failed` is called by one of the two threads, `on_saved` by these or by whoever asked; it
    must not wait for another thread.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        on_saved: Callable[[bool], None] | None = None,
        on_failed: Callable[[Exception], None] | None = None,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._connection = connection
        self._on_saved = on_saved or (lambda is_saved: None)
        self._on_failed = on_failed or (lambda error: None)
        self._path = str(connection.execute("PRAGMA database_list").fetchone()[2])
        self._identity = _identity(self._path)
        self._retry_seconds = retry_seconds
        self._wake = threading.Condition()
        self._changes: list[Change] = []
        self._files: dict[str, _File] = {}
        # Reentrant: who is told may ask for the next change at once.
        self._telling = threading.RLock()
        self._told = True
        self._asked = 0
        self._durable = 0
        self._failures = 0
        self._failure: Exception | None = None
        self._reported: str | None = None
        self._retry_at = 0.0
        self._is_closing = False
        works = {"maskloop-saver": self._write_changes, "maskloop-files": self._write_one_file}
        self._threads = [
            threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
            for name, work in works.items()
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_saved(self) -> bool:
        """True only when all that was asked is durable."""
        with self._wake:
            return self._is_empty()

    @property
    def failure(self) -> Exception | None:
        """What the last try failed by; None once all is durable."""
        with self._wake:
            return self._failure

    def change(self, change: Change) -> None:
        """Queue a change of the database. Raises `ValueError` after `close`."""
        with self._wake:
            self._begin_asking()
            self._changes.append(change)
            self._asked += 1
        self._tell()

    def write_file(self, key: str, job: FileJob) -> None:
        """Queue the writing of files; a waiting job with the same key is replaced."""
        with self._wake:
            self._begin_asking()
            self._files.pop(key, None)
            self._files[key] = _File(job, self._asked)
        self._tell()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all is durable, a try has failed, or `timeout` seconds. Returns `is_saved`."""
        with self._wake:
            failures = self._failures
            self._retry_at = 0.0
            self._wake.notify_all()
            self._wake.wait_for(
                lambda: self._is_empty() or self._failures > failures or self._is_closing, timeout
            )
            return self._is_empty()

    def retry(self) -> None:
        """Try at once what waits; returns at once. A failure is told again, even the same one."""
        with self._wake:
            self._retry_at = 0.0
            self._reported = None
            self._wake.notify_all()

    def close(self) -> bool:
        """Flush, end the threads and close the connection. False: something is not saved."""
        is_saved = self.flush()
        with self._wake:
            if self._is_closing:
                return is_saved
            self._is_closing = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join()
        self._connection.close()
        return is_saved

    def _begin_asking(self) -> None:
        """Wake the threads, also those that wait to try again."""
        if self._is_closing:
            raise ValueError("the saver is closed")
        self._retry_at = 0.0
        self._wake.notify_all()

    def _is_empty(self) -> bool:
        return not self._changes and not self._files

    def _run(self, work: Callable[[], bool]) -> None:
        """One thread: do the work that is there, then wait; after a failure wait a little."""
        while True:
            try:
                is_done = work()
            except (sqlite3.Error, OSError) as error:
                self._fail(error)
                is_done = False
            if is_done:
                self._note_progress()
                continue
            with self._wake:
                if self._is_closing:
                    return
                if not self._is_ready(work):
                    rest = self._retry_at - time.monotonic()
                    self._wake.wait(rest if rest > 0 else None)

    def _is_ready(self, work: Callable[[], bool]) -> bool:
        if self._retry_at > time.monotonic():
            return False
        return bool(self._changes) if work == self._write_changes else self._next_file() is not None

    def _note_progress(self) -> None:
        with self._wake:
            if self._is_empty():
                self._reported = self._failure = None
            self._wake.notify_all()
        self._tell()

    def _tell(self) -> None:
        """Tell a change of `is_saved`, one after the other: the last thing told is always true."""
        with self._telling:
            is_saved = self.is_saved
            if is_saved != self._told:
                self._told = is_saved
                self._on_saved(is_saved)

    def _fail(self, error: Exception) -> None:
        logger.warning("Saving failed: %s", error)
        with self._wake:
            self._failures += 1
            self._retry_at = time.monotonic() + self._retry_seconds
            self._failure = error
            # Not the error itself: it may tell the name of a file that is another one each time.
            is_news = self._reported != reason_of(error)
            self._reported = reason_of(error)
            self._wake.notify_all()
        if is_news:
            self._on_failed(error)

    def _write_changes(self) -> bool:
        """One transaction with the changes that wait; False when there is none to try."""
        with self._wake:
            if self._retry_at > time.monotonic():
                return False
            batch = self._changes[:_LARGEST_BATCH]
        if not batch:
            return False
        refused = self._commit(batch)
        written = batch if refused is None else [refused]
        # First, so that who reads what waits and then what is durable misses nothing.
        for change in written:
            if change.done is not None and refused is None:
                change.done()
        with self._wake:
            for change in written:
                self._changes.remove(change)
            self._durable += len(written)
        return True

    def _commit(self, batch: list[Change]) -> Change | None:
        """Commit all or none. Returns a change that can never succeed: it must hold up no other."""
        self._check_place()
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for change in batch:
                try:
                    change.apply(self._connection)
                except HOPELESS as error:
                    self._connection.execute("ROLLBACK")
                    logger.exception("A change of the project was refused")
                    self._on_failed(error)
                    return change
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return None

    def _check_place(self) -> None:
        """Raise `ProjectGone` when the database is not where it was opened: SQLite would go on
        writing into a file that has no name any more.
        """
        if _identity(self._path) != self._identity:
            raise ProjectGone(Path(self._path))

    def _next_file(self) -> tuple[str, _File] | None:
        return next((it for it in self._files.items() if it[1].after <= self._durable), None)

    def _write_one_file(self) -> bool:
        with self._wake:
            found = self._next_file()
            if found is None or self._retry_at > time.monotonic():
                return False
        key, file = found
        try:
            self._check_place()
            file.job()
        except OSError:
            with self._wake:
                if self._files.get(key) is file:
                    self._files[key] = self._files.pop(key)  # The others go first next time.
            raise
        except Exception as error:
            # Trying again cannot help, and the other files must still be written.
            logger.exception("A file of the project could not be made")
            self._on_failed(error)
        with self._wake:
            if self._files.get(key) is file:
                del self._files[key]
        return True


def _identity(path: str) -> tuple[int, int] | None:
    """Which file is at a path now; None for no file, and for a database in memory."""
    try:
        status = os.stat(path) if path else None
    except OSError:
        return None
    return None if status is None else (status.st_dev, status.st_ino)
