"""One thread that writes a project to the disk, in order, and knows whether everything is there."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

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


class Saver:
    """Owns the writing connection. Every method may be called from any thread.

    Changes of the database are made in order, many in one transaction, and synced. Files come after
    all changes asked before them. What fails is kept and tried again every two seconds and when
    something new comes; `on_failed` hears of it once, and `is_saved` stays False.
    `on_saved(True)` and `on_failed` are called by the writer's thread, `on_saved(False)` by whoever
    asked.
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
        self._retry_seconds = retry_seconds
        self._wake = threading.Condition()
        self._changes: list[Change] = []
        self._files: dict[str, FileJob] = {}
        self._failures = 0
        self._reported: str | None = None
        self._retry_at = 0.0
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="maskloop-saver", daemon=True)
        self._thread.start()

    @property
    def is_saved(self) -> bool:
        """True only when all that was asked is durable."""
        with self._wake:
            return self._is_empty()

    def change(self, change: Change) -> None:
        """Queue a change of the database. Raises `ValueError` after `close`."""
        with self._wake:
            self._check_open()
            was_saved = self._is_empty()
            self._changes.append(change)
            self._retry_at = 0.0
            self._wake.notify_all()
        if was_saved:
            self._on_saved(False)

    def write_file(self, key: str, job: FileJob) -> None:
        """Queue the writing of files; a waiting job with the same key is replaced."""
        with self._wake:
            self._check_open()
            was_saved = self._is_empty()
            self._files.pop(key, None)
            self._files[key] = job
            self._retry_at = 0.0
            self._wake.notify_all()
        if was_saved:
            self._on_saved(False)

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

    def close(self) -> bool:
        """Flush, end the thread and close the connection. False: something could not be saved."""
        is_saved = self.flush()
        with self._wake:
            if self._is_closing:
                return is_saved
            self._is_closing = True
            self._wake.notify_all()
        self._thread.join()
        self._connection.close()
        return is_saved

    def _check_open(self) -> None:
        if self._is_closing:
            raise ValueError("the saver is closed")

    def _is_empty(self) -> bool:
        return not self._changes and not self._files

    def _run(self) -> None:
        while self._wait():
            try:
                if not self._write_changes():
                    self._write_one_file()
            except (sqlite3.Error, OSError) as error:
                self._fail(error)
                continue
            with self._wake:
                is_empty = self._is_empty()
                if is_empty:
                    self._reported = None
                    self._wake.notify_all()
            if is_empty:
                self._on_saved(True)

    def _wait(self) -> bool:
        """Until there is something to do; False when closing."""
        with self._wake:
            while not self._is_closing:
                rest = self._retry_at - time.monotonic()
                if not self._is_empty() and rest <= 0:
                    return True
                self._wake.wait(None if self._is_empty() else rest)
            return False

    def _fail(self, error: Exception) -> None:
        logger.warning("Saving failed: %s", error)
        with self._wake:
            self._failures += 1
            self._retry_at = time.monotonic() + self._retry_seconds
            is_news = self._reported != str(error)
            self._reported = str(error)
            self._wake.notify_all()
        if is_news:
            self._on_failed(error)

    def _write_changes(self) -> bool:
        """One transaction with the changes that wait; False when there are none."""
        with self._wake:
            batch = self._changes[:_LARGEST_BATCH]
        if not batch:
            return False
        bad = self._commit(batch)
        with self._wake:
            if bad is None:
                del self._changes[: len(batch)]
            else:
                self._changes.remove(bad)
        for change in batch if bad is None else ():
            if change.done is not None:
                change.done()
        return True

    def _commit(self, batch: list[Change]) -> Change | None:
        """Commit all or none. Returns a change that can never succeed: it must hold up no other."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for change in batch:
                try:
                    change.apply(self._connection)
                except (sqlite3.IntegrityError, sqlite3.ProgrammingError, TypeError) as error:
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

    def _write_one_file(self) -> None:
        with self._wake:
            key, job = next(iter(self._files.items()))
        try:
            job()
        except OSError:
            with self._wake:
                if self._files.get(key) is job:
                    self._files[key] = self._files.pop(key)  # The others go first next time.
            raise
        except Exception as error:
            # Trying again cannot help, and the other files must still be written.
            logger.exception("A file of the project could not be made")
            self._on_failed(error)
        with self._wake:
            if self._files.get(key) is job:
                del self._files[key]
