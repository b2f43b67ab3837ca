"""The journal: every edit, undo and redo of every image, in order, appended and read again."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.document.cells import Cells
from app.document.edit import Edit, apply_edit, revert_edit
from app.document.errors import EditError
from app.document.history import History
from app.document.log_rows import LogRow, Operation, insert_row, select_rows, since_last_start
from app.document.saver import Change, Saver
from app.document.store import read_meta


@dataclass(frozen=True)
class Replay:
    """What a journal gives: the history, and how many of its edits are damaged."""

    history: History
    damaged: int


class Journal:
    """Appends rows through the saver and reads them back, also those not yet on the disk.

    `id` is its unique name, which label PNGs carry.
    """

    def __init__(
        self, reader: sqlite3.Connection, saver: Saver | None, cells: Cells | None = None
    ) -> None:
        self._cells = cells or Cells()
        self._reader = reader
        self._saver = saver
        self._lock = threading.RLock()
        self.id = read_meta(reader, "journal") or ""
        self._waiting: dict[int, LogRow] = {}
        query = "SELECT image_id, MAX(id) FROM log GROUP BY image_id"
        self._last_rows: dict[int, int] = dict(reader.execute(query).fetchall())
        self._last_id = max(self._last_rows.values(), default=0)

    def append(self, image_id: int, operation: Operation, edit: Edit | None = None) -> int:
        """Queue a row; returns its id, which is higher than all before it. Any thread."""
        assert self._saver is not None
        with self._lock:
            self._last_id += 1
            created = edit.created if edit is not None else time.time()
            row = LogRow(self._last_id, image_id, operation, created, edit)
            self._waiting[row.id] = row
            self._last_rows[image_id] = row.id
            # Under the lock, so that rows reach the disk in the order of their ids.
            self._saver.change(
                Change(lambda db: insert_row(db, row, self._cells), lambda: self._forget(row.id))
            )
        return row.id

    def rows(self, image_id: int) -> list[LogRow]:
        """The rows of an image since its last reset or base (that row included), oldest first."""
        with self._lock:
            # The waiting ones first: a row that becomes durable in between is then seen twice.
            found = {row.id: row for row in self._waiting.values() if row.image_id == image_id}
            for row in select_rows(self._reader, image_id, self._cells):
                found.setdefault(row.id, row)
        return since_last_start([found[key] for key in sorted(found)])

    def last_row(self, image_id: int) -> int:
        """The id of the last row of an image; 0 when it has none."""
        return self._last_rows.get(image_id, 0)

    def waiting_images(self) -> set[int]:
        """The images of which a row is not yet on the disk."""
        with self._lock:
            return {row.image_id for row in self._waiting.values()}

    def _forget(self, row_id: int) -> None:
        with self._lock:
            del self._waiting[row_id]


def replay(rows: Iterable[LogRow], labels: NDArray[np.uint8], *, after: int) -> Replay:
    """Rebuild the history from all rows, and apply those with an id above `after` to `labels`.

    A base among them is the first one, and needs blank labels when its id is above `after`. An edit
    that is damaged or does not fit becomes an empty one, so that the others stay in step.
    """
    history = History()
    damaged = 0
    for row in rows:
        is_fit = True
        if row.operation is Operation.EDIT and row.edit is not None:
            is_fit = row.id <= after or _write(apply_edit, labels, row.edit)
            history.push(row.edit if is_fit else Edit(row.edit.name, (), row.edit.created))
        elif row.operation is Operation.BASE and row.edit is not None:
            history = History(forgotten_until=row.created)
            if row.id > after:
                damaged += _start_from(row.edit, labels)
        elif row.operation is Operation.UNDO and history.undo_name is not None:
            edit = history.undo()
            is_fit = row.id <= after or _write(revert_edit, labels, edit)
        elif row.operation is Operation.REDO and history.redo_name is not None:
            edit = history.redo()
            is_fit = row.id <= after or _write(apply_edit, labels, edit)
        damaged += not is_fit
    return Replay(history, damaged)


def _start_from(base: Edit, labels: NDArray[np.uint8]) -> int:
    """Write a base tile by tile, so that a damaged one costs no other; returns how many were."""
    tiles = (Edit(base.name, (tile,), base.created) for tile in base.tiles)
    return sum(not _write(apply_edit, labels, tile) for tile in tiles)


def _write(
    change: Callable[[NDArray[np.uint8], Edit], object], labels: NDArray[np.uint8], edit: Edit
) -> bool:
    try:
        change(labels, edit)
    except EditError:
        return False
    return True
