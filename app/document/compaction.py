"""Compaction of the journal: the oldest rows of an image give way to one that stands for them.

See docs/adr/0008-old-rows-give-way-to-a-base.md.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.document.cells import Cells
from app.document.classes import UNLABELLED
from app.document.edit import TILE, Edit, TileChange, pixels_after
from app.document.errors import EditError, SealBroken
from app.document.facts import RECLASS_PLAN
from app.document.history import History
from app.document.log_rows import (
    LogRow,
    Operation,
    RowSize,
    insert_row,
    select_rows,
    select_sizes,
    since_last_start,
)
from app.document.store import read_meta, write_meta

logger = logging.getLogger(__name__)

SECONDS = 2.0
"""After this time nothing further is begun; the next opening goes on."""
MOST_AT_ONCE = 256 << 20
"""Bytes of rows that are read into memory and replaced in one transaction."""
_WEIGHED = "weighed"
"""The fact about the database: bytes in use when the journals of all images were last weighed."""
_LARGEST_REWRITE = 256 << 20
LEAST_FREED = 1 << 20
"""Bytes; for less, the file is not written anew."""


@dataclass(frozen=True)
class UndoLimit:
    """What of an image's history is kept for ever: its last edits, as far as they fit into `bytes`.

    Older ones are dropped once the image has twice as much. The last edit is always kept.
    """

    edits: int = 500
    bytes: int = 50_000_000


UNDO_LIMIT = UndoLimit()


def compact(
    db: sqlite3.Connection, cells: Cells, limit: UndoLimit = UNDO_LIMIT, *, seconds: float = SECONDS
) -> int:
    """Drop what is over the limit, image by image, in transactions; returns how many were cut.

    Only while nobody else holds the history of an image. `db` is the writing connection, outside of
    a transaction. What is damaged is left as it is. Raises `sqlite3.Error`; then nothing is lost.
    """
    ends = time.monotonic() + seconds
    stamp = _unfinished_stamp(db, cells)
    weighed = int(read_meta(db, _WEIGHED) or 0)
    # Weighing reads through the whole file: only when an image can have become too large since.
    is_due = _used_bytes(db) > limit.bytes + max(limit.bytes, weighed)
    count = 0
    for image_id in _large_images(db, limit, with_bytes=is_due):
        is_cut = False
        while time.monotonic() < ends and _compact_image(db, cells, image_id, limit, stamp):
            is_cut = True
        count += is_cut
        if time.monotonic() >= ends:
            break
    else:
        if is_due:
            write_meta(db, _WEIGHED, str(_used_bytes(db)))
    if count:
        logger.info("The journals of %d images were compacted", count)
    give_back_space(db)  # Also what was freed when a process was killed here.
    return count


def give_back_space(db: sqlite3.Connection) -> None:
    """Rewrite the file when a quarter of it is free; a very large one only uses its pages again."""
    page, pages, free = _pages(db)
    is_worth_it = free * 4 >= pages and free * page >= LEAST_FREED
    if is_worth_it and (pages - free) * page <= _LARGEST_REWRITE:
        db.execute("VACUUM")
        # Else the file itself shrinks only when the last connection is closed.
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def cut_after(
    rows: Sequence[RowSize],
    limit: UndoLimit,
    keep: float | None = None,
    *,
    most: int = MOST_AT_ONCE,
) -> int | None:
    """The id of the last row that may give way to a base; None when that would gain too little.

    `rows` are those of one image since its last start, oldest first. The redo stack must be empty
    there, no later row may undo what is before, at least the limit stays, and so do every edit of
    the time stamp `keep` and the newest row. At most about `most` bytes go at once.
    """
    done, depths, is_redo_empty = _stacks(rows)
    deepest = len(done) - _kept(rows, done, limit)
    lowest = list(accumulate(reversed(depths), min))[::-1]
    stamped = (i for i, row in enumerate(rows) if row.created == keep)
    end = next(stamped, len(rows) - 1)
    sizes = list(accumulate(row.size for row in rows))
    for index in range(end - 1, 0, -1):
        is_allowed = is_redo_empty[index] and depths[index] <= min(deepest, lowest[index])
        gained = sizes[index] - sizes[0]
        if is_allowed and gained <= most:
            is_worth_it = 4 * index >= len(rows) or gained >= min(most // 2, sizes[-1] // 4)
            return rows[index].id if is_worth_it else None
    return None


def _stacks(rows: Sequence[RowSize]) -> tuple[list[int], list[int], list[bool]]:
    """Indices of the edits that can be undone at the end; after each row, how many could be, and
    whether nothing could be redone.
    """
    done: list[int] = []
    undone: list[int] = []
    depths, is_redo_empty = [], []
    for index, row in enumerate(rows):
        if row.operation is Operation.EDIT:
            done.append(index)
            undone.clear()
        elif row.operation is Operation.UNDO and done:
            undone.append(done.pop())
        elif row.operation is Operation.REDO and undone:
            done.append(undone.pop())
        depths.append(len(done))
        is_redo_empty.append(not undone)
    return done, depths, is_redo_empty


def base_of(rows: Sequence[LogRow]) -> Edit | None:
    """What these rows since the last start have painted, as the tiles of one edit from blank.

    None when one of them is damaged, or when tiles overlap without being the same.
    """
    history = History()
    tiles: dict[tuple[int, int], TileChange] = {}
    created = 0.0
    for row in rows:
        created = max(created, row.created)
        edit, is_back = row.edit, False
        if row.operation is Operation.EDIT and edit is not None:
            history.push(edit)
        elif row.operation is Operation.UNDO and history.undo_name is not None:
            edit, is_back = history.undo(), True
        elif row.operation is Operation.REDO and history.redo_name is not None:
            edit = history.redo()
        if edit is None:
            continue
        if not edit.tiles and row.operation is not Operation.BASE:
            return None
        for tile in edit.tiles:
            key = tile.x, tile.y
            if tile.x % TILE or tile.y % TILE or tiles.get(key, tile).rect != tile.rect:
                return None
            after = tile.before if is_back else tile.after
            tiles[key] = TileChange(*tile.rect, b"", after)
    try:
        painted = [tile for tile in tiles.values() if (pixels_after(tile) != UNLABELLED).any()]
    except EditError:
        return None
    return Edit("", tuple(painted), created)


def _kept(rows: Sequence[RowSize], done: Sequence[int], limit: UndoLimit) -> int:
    """How many of the edits that can be undone must stay."""
    count = size = 0
    for index in reversed(done):
        size += rows[index].size
        if count == limit.edits or (count and size > limit.bytes):
            break
        count += 1
    return count


def _large_images(db: sqlite3.Connection, limit: UndoLimit, *, with_bytes: bool) -> list[int]:
    """Images with more than twice the limit in rows, or in bytes, those of most rows first."""
    query = "SELECT image_id, COUNT(*) AS rows FROM log GROUP BY image_id HAVING rows > ?"
    found = dict(db.execute(query, (2 * limit.edits,)).fetchall())
    if with_bytes:
        query = "SELECT image_id, COUNT(*) FROM log GROUP BY image_id HAVING SUM(LENGTH(tiles)) > ?"
        found |= dict(db.execute(query, (2 * limit.bytes,)).fetchall())
    return sorted(found, key=lambda image_id: -found[image_id])


def _used_bytes(db: sqlite3.Connection) -> int:
    """Of the file, without free pages."""
    page, pages, free = _pages(db)
    return (pages - free) * page


def _pages(db: sqlite3.Connection) -> tuple[int, int, int]:
    """The size of a page in bytes, and how many there are and are free."""
    names = "page_size", "page_count", "freelist_count"
    page, pages, free = (int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in names)
    return page, pages, free


def _compact_image(
    db: sqlite3.Connection, cells: Cells, image_id: int, limit: UndoLimit, stamp: float | None
) -> bool:
    cut = cut_after(since_last_start(select_sizes(db, image_id)), limit, stamp)
    if cut is None:
        return False
    base = base_of(since_last_start(select_rows(db, image_id, cells, last=cut)))
    if base is None:
        logger.warning("The journal of image %d is damaged: it is kept as it is", image_id)
        return False
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute("DELETE FROM log WHERE image_id = ? AND id <= ?", (image_id, cut))
        insert_row(db, LogRow(cut, image_id, Operation.BASE, base.created, base), cells)
        db.execute("INSERT OR REPLACE INTO bases VALUES (?, ?)", (image_id, cut))
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return True


def _unfinished_stamp(db: sqlite3.Connection, cells: Cells) -> float | None:
    """The time stamp of a change of all classes that was stopped: its edits are still needed."""
    query = "SELECT value FROM settings WHERE key = ?"
    stored = db.execute(query, (RECLASS_PLAN,)).fetchone()
    if stored is None:
        return None
    try:
        plan = json.loads(cells.open("settings", "value", stored[0], key=RECLASS_PLAN))
    except SealBroken:
        return None  # It is told when the settings are read.
    return float(plan["created"]) if plan and not plan["is_done"] else None
