"""The images of a project: their records, in memory and on the disk, in natural order."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, fields, replace
from types import MappingProxyType

from app.document.file_names import label_file_name, name_key, new_label_file
from app.document.image_files import natural_key
from app.document.image_records import ImageItem, ImageRecord, ImageState
from app.document.saver import Change, Saver

__all__ = ["Catalogue", "ImageItem", "ImageRecord", "ImageState"]


class Catalogue:
    """All records, in memory and on the disk. Any thread; readers get an unchanging snapshot."""

    def __init__(self, reader: sqlite3.Connection, saver: Saver | None) -> None:
        self._saver = saver
        self._lock = threading.RLock()
        # An older database has fewer columns, a newer one, which is looked at, more: at the end.
        columns = len(fields(ImageRecord))
        rows = reader.execute("SELECT * FROM images")
        records = [ImageRecord(*row[:columns]) for row in rows]
        self._records = {record.id: record for record in records}
        self._ids = {record.name: record.id for record in records}
        self._files = {name_key(record.label_file) for record in records}
        self._last_id = max(self._records, default=0)
        self._items: dict[int, ImageItem] = {}
        self.rebuild_items()

    @property
    def items(self) -> Mapping[int, ImageItem]:
        """The images by id, in natural order of their names: a snapshot."""
        return MappingProxyType(self._items)

    def item_by_name(self, name: str) -> ImageItem:
        """The image with this relative posix path. Raises `KeyError`."""
        return self._items[self._ids[name]]

    def id_of(self, name: str) -> int | None:
        """The image with this name, also one that is not shown."""
        return self._ids.get(name)

    def record(self, image_id: int) -> ImageRecord:
        """All that is known of an image. Raises `KeyError`."""
        return self._records[image_id]

    def records(self) -> list[ImageRecord]:
        """All records, also of images that are not shown: a snapshot."""
        with self._lock:
            return list(self._records.values())

    def labelled(self) -> list[int]:
        """Images with labels, in order. Undone strokes count until the label PNG is written."""
        return [image_id for image_id in self._items if self._records[image_id].has_labels]

    def update(self, image_id: int, **changes: object) -> bool:
        """Change columns of a record, in memory now, on the disk soon; whether it changed.

        Ignores unknown ids.
        """
        with self._lock:
            if not self.change(image_id, **changes):
                return False
            record = self._records[image_id]
            if image_id in self._items:
                self._items = {**self._items, image_id: record.item}
            self._store([record])
        return True

    def change(self, image_id: int, **changes: object) -> bool:
        """Like `update`, but readers and the disk see it only with the next `publish`."""
        with self._lock:
            old = self._records.get(image_id)
            record = None if old is None else replace(old, **changes)  # type: ignore[arg-type]
            if record is None or record == old:
                return False
            self._records[image_id] = record
        return True

    def change_if_still(self, known: ImageRecord, **changes: object) -> bool | None:
        """Like `change`, but None, and nothing, when the record is no longer `known`."""
        with self._lock:
            if self._records.get(known.id) != known:
                return None
            return self.change(known.id, **changes)

    def add(self, name: str, **columns: object) -> int:
        """A record for a new image, to be published; returns its id."""
        with self._lock:
            self._last_id += 1
            record = replace(ImageRecord(self._last_id, name), **columns)  # type: ignore[arg-type]
            self._records[record.id] = record
            self._ids[name] = record.id
            self._files.add(name_key(record.label_file))
        return record.id

    def file_for(self, name: str, *, is_there: Callable[[str], bool]) -> str | None:
        """The `file` of a new image of this name: None for the plain one.

        A plain one that `is_there` is taken, whatever it is called: it is of an older project.
        """
        plain = label_file_name(name)
        with self._lock:
            file = new_label_file(name, self._files)
            is_free = name_key(plain) not in self._files
        return None if file == plain or (is_free and is_there(plain)) else file

    def publish(self, image_ids: Iterable[int]) -> None:
        """Show these records to the readers, and write them."""
        with self._lock:
            records = [self._records[image_id] for image_id in image_ids]
            if records:
                self._items = {**self._items, **{record.id: record.item for record in records}}
                self._store(records)

    def take_name(self, image_id: int, new_id: int) -> None:
        """A known image goes on under the name of a new one, whose own record is dropped.

        The label PNG of the new name is then to be written from the journal.
        """
        with self._lock:
            record, new = self._records[image_id], self._records.pop(new_id)
            moved = replace(
                record,
                name=new.name,
                file=new.file,
                modified=new.modified,
                is_missing=0,
                checkpoint=0,
            )
            del self._ids[record.name]
            self._files.discard(name_key(record.label_file))
            self._ids[new.name] = image_id
            self._records[image_id] = moved
            if self._saver is not None:
                self._saver.change(
                    Change(lambda db: db.execute("DELETE FROM images WHERE id = ?", (new_id,)))
                )
            self._store([moved])

    def rebuild_items(self) -> None:
        """Put the items in order again; images that are gone and hold no labels are hidden."""
        with self._lock:
            records = self._records
            shown = [r for r in list(records.values()) if r.has_labels or not r.is_missing]
        shown.sort(key=lambda record: natural_key(record.name))
        with self._lock:
            # What changed while sorting is taken as it is now.
            self._items = {r.id: records[r.id].item for r in shown if r.id in records}

    def _store(self, records: list[ImageRecord]) -> None:
        if self._saver is None:
            return
        rows = [astuple(record) for record in records]
        query = f"INSERT OR REPLACE INTO images VALUES ({', '.join('?' * 13)})"
        self._saver.change(Change(lambda db: db.executemany(query, rows)))
