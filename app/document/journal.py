"""The journal: every edit, undo and redo of every image, in order. Nothing in it ever changes."""

from __future__ import annotations

import sqlite3
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.document.cells import Cells
from app.document.edit import Edit, TileChange, apply_edit, revert_edit
from app.document.errors import EditError, SealBroken
from app.document.history import History
from app.document.saver import Change, Saver
from app.document.store import read_meta

_IMPOSSIBLE = TileChange(0, 0, 0, 0, b"", b"")
"""Applying it fails, so that `replay` counts the edit as damaged."""
_TILE_HEAD = struct.Struct("<IIHHII")


class Operation(StrEnum):
    """What a row did. `RESET`: the image was replaced by one of another size; start blank."""

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"
    RESET = "reset"


@dataclass(frozen=True)
class LogRow:
    """One row. Only an `EDIT` has an `edit`."""

    id: int
    image_id: int
    operation: Operation
    created: float
    edit: Edit | None = None


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
                Change(lambda db: _insert(db, row, self._cells), lambda: self._forget(row.id))
            )
        return row.id

    def rows(self, image_id: int) -> list[LogRow]:
        """The rows of an image since it was last reset (that row included), oldest first."""
        with self._lock:
            # The waiting ones first: a row that becomes durable in between is then seen twice.
            found = {row.id: row for row in self._waiting.values() if row.image_id == image_id}
            for row in _select(self._reader, image_id, self._cells):
                found.setdefault(row.id, row)
        rows = [found[key] for key in sorted(found)]
        resets = [i for i, row in enumerate(rows) if row.operation is Operation.RESET]
        return rows[resets[-1] :] if resets else rows

    def last_row(self, image_id: int) -> int:
        """The id of the last row of an image; 0 when it has none."""
        return self._last_rows.get(image_id, 0)

    def _forget(self, row_id: int) -> None:
        with self._lock:
            del self._waiting[row_id]


def replay(rows: Iterable[LogRow], labels: NDArray[np.uint8], *, after: int) -> Replay:
    """Rebuild the history from all rows, and apply those with an id above `after` to `labels`.

    An edit that is damaged or does not fit becomes an empty one, so that the others stay in step.
    """
    history = History()
    damaged = 0
    for row in rows:
        is_fit = True
        if row.operation is Operation.EDIT and row.edit is not None:
            is_fit = row.id <= after or _write(apply_edit, labels, row.edit)
            history.push(row.edit if is_fit else Edit(row.edit.name, (), row.edit.created))
        elif row.operation is Operation.UNDO and history.undo_name is not None:
            edit = history.undo()
            is_fit = row.id <= after or _write(revert_edit, labels, edit)
        elif row.operation is Operation.REDO and history.redo_name is not None:
            edit = history.redo()
            is_fit = row.id <= after or _write(apply_edit, labels, edit)
        damaged += not is_fit
    return Replay(history, damaged)


def pack_tiles(edit: Edit) -> bytes:
    """The tiles of an edit in one block: for each a small head, then before and after."""
    parts = []
    for tile in edit.tiles:
        sizes = len(tile.before), len(tile.after)
        parts.append(_TILE_HEAD.pack(tile.x, tile.y, tile.width, tile.height, *sizes))
        parts += (tile.before, tile.after)
    return b"".join(parts)


def unpack_tiles(data: bytes) -> tuple[TileChange, ...]:
    """The opposite of `pack_tiles`. Raises `EditError` when the block is damaged."""
    tiles = []
    offset = 0
    while offset < len(data):
        if offset + _TILE_HEAD.size > len(data):
            raise EditError("An edit in the journal is cut short.")
        x, y, width, height, before, after = _TILE_HEAD.unpack_from(data, offset)
        offset += _TILE_HEAD.size
        if offset + before + after > len(data):
            raise EditError("An edit in the journal is cut short.")
        middle = offset + before
        packed = data[offset:middle], data[middle : middle + after]
        tiles.append(TileChange(x, y, width, height, *packed))
        offset = middle + after
    return tuple(tiles)


def _write(
    change: Callable[[NDArray[np.uint8], Edit], object], labels: NDArray[np.uint8], edit: Edit
) -> bool:
    try:
        change(labels, edit)
    except EditError:
        return False
    return True


def _insert(db: sqlite3.Connection, row: LogRow, cells: Cells) -> None:
    name = row.edit.name if row.edit else ""
    tiles = pack_tiles(row.edit) if row.edit else None
    place = {"id": row.id, "image_id": row.image_id, "operation": row.operation.value}
    name, tiles = (
        cells.seal("log", "name", name, **place),
        cells.seal("log", "tiles", tiles, **place),
    )
    db.execute(
        "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", (*place.values(), name, row.created, tiles)
    )


def _select(db: sqlite3.Connection, image_id: int, cells: Cells) -> list[LogRow]:
    query = "SELECT id, operation, name, created, tiles FROM log WHERE image_id = ? ORDER BY id"
    rows = []
    for row_id, operation, name, created, tiles in db.execute(query, (image_id,)):
        edit = None
        if operation == Operation.EDIT:
            place = {"id": row_id, "image_id": image_id, "operation": operation}
            try:
                name = cells.open("log", "name", name, **place)
                tiles = cells.open("log", "tiles", tiles, **place)
                edit = Edit(name, unpack_tiles(tiles or b""), created)
            except EditError:
                edit = Edit(name, (), created)
            except SealBroken:
                edit = Edit("Edit", (_IMPOSSIBLE,), created)
        rows.append(LogRow(row_id, image_id, Operation(operation), created, edit))
    return rows
