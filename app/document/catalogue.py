"""The images of a project: their items, in natural order, and how the folder is looked through."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from app.document.files import label_file_name
from app.document.image_files import find_images, natural_key
from app.document.saver import Change, Saver

_BATCH = 500


class ImageState(StrEnum):
    """How far an image is. Only a person makes it `EDITED` or `REVIEWED`."""

    NEW = "new"
    SUGGESTED = "suggested"
    PREDICTED = "predicted"
    EDITED = "edited"
    REVIEWED = "reviewed"
    FAILED = "failed"


@dataclass(frozen=True)
class ImageItem:
    """An image of a project. `error` is a sentence; `width` and `height` are 0 until known."""

    id: int
    name: str
    state: ImageState
    error: str | None = None
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class ImageRecord:
    """The row of an image in the database, column by column.

    `modified` is in nanoseconds; `digest` is of the file's content, taken when it is first
    labelled; `checkpoint` is the journal row that the label PNG holds.
    """

    id: int
    name: str
    state: str = ImageState.NEW.value
    error: str | None = None
    width: int = 0
    height: int = 0
    bytes: int = 0
    modified: int = 0
    digest: str | None = None
    is_missing: int = 0
    has_labels: int = 0
    checkpoint: int = 0

    @property
    def item(self) -> ImageItem:
        """What the others see."""
        if self.is_missing:
            error = f"{self.name} is no longer there: put it back; its labels are kept."
            return ImageItem(self.id, self.name, ImageState.FAILED, error, self.width, self.height)
        state = ImageState(self.state)
        return ImageItem(self.id, self.name, state, self.error, self.width, self.height)


class Catalogue:
    """All records, in memory and on the disk. Any thread; readers get an unchanging snapshot."""

    def __init__(
        self,
        folder: Path,
        label_folder: Path,
        reader: sqlite3.Connection,
        saver: Saver | None,
        notify: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._label_folder = label_folder
        self._saver = saver
        self._notify = notify
        self._lock = threading.RLock()
        records = [ImageRecord(*row) for row in reader.execute("SELECT * FROM images")]
        self._records = {record.id: record for record in records}
        self._ids = {record.name: record.id for record in records}
        self._last_id = max(self._records, default=0)
        self._items: dict[int, ImageItem] = {}
        self._rebuild_items()

    @property
    def items(self) -> Mapping[int, ImageItem]:
        """The images by id, in natural order of their names: a snapshot."""
        return MappingProxyType(self._items)

    def item_by_name(self, name: str) -> ImageItem:
        """The image with this relative posix path. Raises `KeyError`."""
        return self._items[self._ids[name]]

    def record(self, image_id: int) -> ImageRecord:
        """All that is known of an image. Raises `KeyError`."""
        return self._records[image_id]

    def labelled(self) -> list[int]:
        """Images with labels, in order. Undone strokes count until the label PNG is written."""
        return [image_id for image_id in self._items if self._records[image_id].has_labels]

    def update(self, image_id: int, **changes: object) -> None:
        """Change columns of a record, in memory now, on the disk soon. Ignores unknown ids."""
        with self._lock:
            old = self._records.get(image_id)
            if old is None:
                return
            record = replace(old, **changes)  # type: ignore[arg-type]
            if record == old:
                return
            self._records[image_id] = record
            if image_id in self._items:
                self._items = {**self._items, image_id: record.item}
            self._store([record])

    def rescan(self) -> Iterator[tuple[int, ...]]:
        """Look through the folder; yields the ids whose item changed, every 500 files.

        New files are added, changed ones told to the user, vanished ones marked (or hidden, when
        nothing was labelled in them), renamed ones found again by their content.
        """
        seen: set[int] = set()
        added: set[int] = set()
        batch: list[int] = []
        has_label_files = self._label_folder.is_dir()
        for count, name in enumerate(find_images(self._folder), 1):
            image_id = self._ids.get(name)
            if image_id is None:
                image_id = self._add(name, has_label_files)
                added.add(image_id)
                batch.append(image_id)
            elif self._look_again(image_id):
                batch.append(image_id)
            seen.add(image_id)
            if count % _BATCH == 0:
                yield self._publish(batch)
                batch = []
        yield self._publish(batch)
        yield self._settle_missing(seen, added)

    def digest_of(self, name: str) -> str | None:
        """A checksum of an image file's content; None when it cannot be read."""
        try:
            with (self._folder / name).open("rb") as file:
                return hashlib.file_digest(file, "blake2b").hexdigest()[:32]
        except OSError:
            return None

    def _add(self, name: str, has_label_files: bool) -> int:
        size, modified = self._stat(name)
        has_labels = has_label_files and (self._label_folder / label_file_name(name)).exists()
        with self._lock:
            self._last_id += 1
            record = ImageRecord(self._last_id, name, bytes=size, modified=modified)
            self._records[record.id] = replace(record, has_labels=int(has_labels))
            self._ids[name] = record.id
        return record.id

    def _look_again(self, image_id: int) -> bool:
        """Compare a known file with its record; True when the record changed."""
        record = self._records[image_id]
        size, modified = self._stat(record.name)
        changes: dict[str, object] = {"bytes": size, "modified": modified, "is_missing": 0}
        if (record.bytes, record.modified) != (size, modified):
            changes |= self._changes_of_content(record)
        with self._lock:
            changed = replace(self._records[image_id], **changes)  # type: ignore[arg-type]
            is_changed = changed != self._records[image_id]
            self._records[image_id] = changed
        return is_changed

    def _changes_of_content(self, record: ImageRecord) -> dict[str, object]:
        """The file is another one, or was only touched: the content tells."""
        if not record.has_labels:
            return {"state": ImageState.NEW.value, "error": None, "width": 0, "height": 0}
        digest = self.digest_of(record.name)
        if record.digest is not None and digest != record.digest:
            self._notify(
                f"{record.name} was changed by another program: "
                "its labels are kept; look whether they still fit."
            )
        return {"digest": digest}

    def _publish(self, image_ids: list[int]) -> tuple[int, ...]:
        if image_ids:
            with self._lock:
                records = [self._records[image_id] for image_id in image_ids]
                self._items = {**self._items, **{record.id: record.item for record in records}}
                self._store(records)
        return tuple(image_ids)

    def _settle_missing(self, seen: set[int], added: set[int]) -> tuple[int, ...]:
        changed: set[int] = set()
        with self._lock:
            missing = [record for key, record in self._records.items() if key not in seen]
            for record in missing:
                if record.has_labels and (new_id := self._find_renamed(record, added)):
                    changed |= {record.id, new_id}
                    self._take_name(record, self._records[new_id])
                    added.discard(new_id)
                elif not record.is_missing:
                    changed.add(record.id)
                    self._records[record.id] = replace(record, is_missing=1)
                    self._store([self._records[record.id]])
            self._rebuild_items()
        return tuple(changed)

    def _find_renamed(self, record: ImageRecord, added: set[int]) -> int | None:
        """The new file with the content of a labelled image that vanished."""
        if record.digest is None:
            return None
        for image_id in added:
            other = self._records[image_id]
            if other.bytes == record.bytes and self.digest_of(other.name) == record.digest:
                return image_id
        return None

    def _take_name(self, record: ImageRecord, new: ImageRecord) -> None:
        """The labelled image goes on under the new name; the record made for it is dropped."""
        moved = replace(record, name=new.name, modified=new.modified, is_missing=0, checkpoint=0)
        del self._records[new.id]
        del self._ids[record.name]
        self._ids[new.name] = record.id
        self._records[record.id] = moved
        if self._saver is not None:
            self._saver.change(
                Change(lambda db: db.execute("DELETE FROM images WHERE id = ?", (new.id,)))
            )
        self._store([moved])
        self._notify(f"{record.name} is now {new.name}: its labels were kept.")

    def _rebuild_items(self) -> None:
        shown = [r for r in self._records.values() if r.has_labels or not r.is_missing]
        shown.sort(key=lambda record: natural_key(record.name))
        self._items = {record.id: record.item for record in shown}

    def _stat(self, name: str) -> tuple[int, int]:
        try:
            status = (self._folder / name).stat()
        except OSError:
            return 0, 0
        return status.st_size, status.st_mtime_ns

    def _store(self, records: list[ImageRecord]) -> None:
        if self._saver is None:
            return
        rows = [astuple(record) for record in records]
        query = f"INSERT OR REPLACE INTO images VALUES ({', '.join('?' * 12)})"
        self._saver.change(Change(lambda db: db.executemany(query, rows)))
