"""What a project holds while it is open: its place, lock, key, database and writer."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import BaseFileLock

from app.document.cells import Cells
from app.document.compaction import UndoLimit, compact
from app.document.encryption import close_vault, open_vault
from app.document.errors import ProjectReadOnly
from app.document.location import Location, locate, lock
from app.document.notices import Notices
from app.document.older_copies import count_clean_close, remove_older_copies
from app.document.salvage import finish_rescue, rescue
from app.document.saver import Change, Saver
from app.document.store import (
    SCHEMA_VERSION,
    DamagedStore,
    connect,
    open_reader,
    open_store,
    read_meta,
    schema_version,
    write_meta,
)
from app.document.swap import settle_swap
from app.document.vault import Vault

logger = logging.getLogger(__name__)

_DATABASE = "project.db"


@dataclass(frozen=True, eq=False)
class Storage:
    """What `open_storage` took; `saver` is None when nothing may be written.

    `was_open`: the last process that wrote it did not close it.
    """

    data_folder: Path
    reader: sqlite3.Connection
    notices: Notices
    vault: Vault | None = None
    saver: Saver | None = None
    file_lock: BaseFileLock | None = None
    was_open: bool = False

    def change(self, apply: Callable[[sqlite3.Connection], object]) -> None:
        """Queue a change of the database. Raises `ProjectReadOnly`. Any thread."""
        if self.saver is None:
            raise ProjectReadOnly("This project was opened to look only: nothing can be changed.")
        self.saver.change(Change(apply))

    @property
    def is_saved(self) -> bool:
        """True only when every change is on the disk."""
        return self.saver is None or self.saver.is_saved

    @property
    def failure(self) -> Exception | None:
        """What the last try to write failed by; None once all is on the disk."""
        return None if self.saver is None else self.saver.failure

    def retry(self) -> None:
        """Try at once what could not be written; returns at once."""
        if self.saver is not None:
            self.saver.retry()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all is on the disk, or a try failed. Returns `is_saved`."""
        return self.saver is None or self.saver.flush(timeout)

    def close(self) -> bool:
        """Write what is left and give everything back. False: something could not be saved."""
        if self.saver is not None:
            if self.saver.flush():
                self.change(self._note_close)
            self.saver.flush()
        return self.give_up()

    def _note_close(self, db: sqlite3.Connection) -> None:
        write_meta(db, "is_open", "0")
        count_clean_close(db, self.data_folder / _DATABASE)

    def give_up(self) -> bool:
        """Like `close`, but the next start finds that this process did not end well."""
        # The writer goes last: only then does SQLite fold its write-ahead log into the file.
        self.reader.close()
        is_saved = self.saver is None or self.saver.close()
        close_vault(self.data_folder, self.vault)
        if self.file_lock is not None:
            self.file_lock.release()
        return is_saved


def open_storage(
    folder: Path,
    passphrase: str | None,
    undo_limit: UndoLimit,
    on_saved: Callable[[bool], None] | None,
    on_failed: Callable[[Exception], None] | None,
    *,
    read_only: bool,
) -> Storage:
    """Take the storage of the folder's project: to look only, or to write, making it if need be.

    Raises what `Project.open` tells; then nothing is held.
    """
    if read_only:
        return _open_to_look(folder, passphrase)
    return _open_to_write(folder, passphrase, undo_limit, on_saved, on_failed)


def _open_to_write(
    folder: Path,
    passphrase: str | None,
    undo_limit: UndoLimit,
    on_saved: Callable[[bool], None] | None,
    on_failed: Callable[[Exception], None] | None,
) -> Storage:
    """The journal is compacted now, as nobody holds the history of an image yet."""
    location = locate(folder, read_only=False)
    notices = _notices(location)
    data_folder = location.data_folder
    file_lock = lock(data_folder)
    path = data_folder / _DATABASE
    with contextlib.ExitStack() as undo:
        if file_lock is not None:
            undo.callback(file_lock.release)
        settle_swap(data_folder)
        vault = open_vault(data_folder, passphrase, read_only=False)
        undo.callback(close_vault, data_folder, vault)
        writer = _open_writer(path, notices)
        undo.callback(writer.close)
        was_open = read_meta(writer, "is_open") == "1"
        if not was_open:
            remove_older_copies(writer, path)
        write_meta(writer, "is_open", "1")
        _compact(writer, vault, undo_limit)
        # Never a copy: the journal is read from it as it grows.
        reader = connect(path, "mode=ro")
        undo.callback(reader.close)
        saver = Saver(writer, on_saved=on_saved, on_failed=on_failed)
        undo.pop_all()
    return Storage(data_folder, reader, notices, vault, saver, file_lock, was_open)


def _open_to_look(folder: Path, passphrase: str | None) -> Storage:
    """No lock is taken, and nothing is made."""
    location = locate(folder, read_only=True)
    notices = _notices(location)
    with contextlib.ExitStack() as undo:
        vault = open_vault(location.data_folder, passphrase)
        undo.callback(close_vault, location.data_folder, vault)
        path = location.data_folder / _DATABASE
        reader = open_reader(path)
        undo.callback(reader.close)
        if schema_version(reader, path) > SCHEMA_VERSION:
            notices.add("This project was written by a newer Maskloop: you can only look at it.")
        undo.pop_all()
    return Storage(location.data_folder, reader, notices, vault)


def _notices(location: Location) -> Notices:
    return Notices([location.notice] if location.notice else [])


def _compact(writer: sqlite3.Connection, vault: Vault | None, limit: UndoLimit) -> None:
    try:
        compact(writer, Cells(vault), limit)
    except sqlite3.Error as error:
        # Nothing is lost: the journal only stays long until the next opening.
        logger.warning("The journal was not compacted: %s", error)


def _open_writer(path: Path, notices: Notices) -> sqlite3.Connection:
    finish_rescue(path)
    try:
        return open_store(path)
    except DamagedStore:
        aside, has_journal = rescue(path)
        connection = open_store(path)
        lost = "" if has_journal else " Earlier undo steps are lost."
        notices.add(
            f"project.db was damaged; it was kept as {aside.name}, and what could be read of it "
            f"and the label files make the new one.{lost} Check the names of your classes."
        )
        return connection
