"""The rows of the log of a project: what they are, and how they are written and read."""

from __future__ import annotations

import sqlite3
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

from app.document.cells import Cells
from app.document.edit import Edit, TileChange
from app.document.errors import EditError, SealBroken

_IMPOSSIBLE = TileChange(0, 0, 0, 0, b"", b"")
"""Applying it fails, so that `replay` counts the edit as damaged."""
_LAST = 2**63 - 1
_TILE_HEAD = struct.Struct("<IIHHII")


class Operation(StrEnum):
    """What a row did. `RESET`: the image was replaced by one of another size; start blank.

    `BASE` stands for all rows of the image up to itself: its tiles are what they had painted.
    """

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"
    RESET = "reset"
    BASE = "base"


_WITH_EDIT = (Operation.EDIT, Operation.BASE)
_STARTS = (Operation.RESET, Operation.BASE)


@dataclass(frozen=True)
class LogRow:
    """One row. Only `EDIT` and `BASE` have an `edit`; that of a base has no `before`."""

    id: int
    image_id: int
    operation: Operation
    created: float
    edit: Edit | None = None


class RowSize(NamedTuple):
    """A row without its tiles, only how many bytes they take."""

    id: int
    operation: Operation
    created: float
    size: int


_Row = TypeVar("_Row", LogRow, RowSize)


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


def insert_row(db: sqlite3.Connection, row: LogRow, cells: Cells) -> None:
    """Write one row of the log."""
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


def select_rows(
    db: sqlite3.Connection, image_id: int, cells: Cells, *, last: int = _LAST
) -> list[LogRow]:
    """The rows of an image up to the id `last`, oldest first.

    An edit that is cut short has no tiles; a base that is, and what does not open, cannot be
    applied: `replay` counts it as damaged.
    """
    query = (
        "SELECT id, operation, name, created, tiles FROM log "
        "WHERE image_id = ? AND id <= ? ORDER BY id"
    )
    rows = []
    for row_id, operation, name, created, tiles in db.execute(query, (image_id, last)):
        edit = None
        if operation in _WITH_EDIT:
            place = {"id": row_id, "image_id": image_id, "operation": operation}
            try:
                name = cells.open("log", "name", name, **place)
                tiles = cells.open("log", "tiles", tiles, **place)
                edit = Edit(name, unpack_tiles(tiles or b""), created)
            except EditError:
                edit = Edit(name, (_IMPOSSIBLE,) if operation == Operation.BASE else (), created)
            except SealBroken:
                edit = Edit("Edit", (_IMPOSSIBLE,), created)
        rows.append(LogRow(row_id, image_id, Operation(operation), created, edit))
    return rows


def select_sizes(db: sqlite3.Connection, image_id: int) -> list[RowSize]:
    """The rows of an image, oldest first; quick, as no tiles are read."""
    query = (
        "SELECT id, operation, created, COALESCE(LENGTH(tiles), 0) FROM log "
        "WHERE image_id = ? ORDER BY id"
    )
    return [
        RowSize(row_id, Operation(operation), created, size)
        for row_id, operation, created, size in db.execute(query, (image_id,))
    ]


def since_last_start(rows: list[_Row]) -> list[_Row]:
    """The rows from the last `RESET` or `BASE` on, that row included; all when there is none."""
    starts = [i for i, row in enumerate(rows) if row.operation in _STARTS]
    return rows[starts[-1] :] if starts else rows
