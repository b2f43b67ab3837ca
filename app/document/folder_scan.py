"""The folder looked through: new images, changed ones, vanished ones, and those renamed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from app.document.catalogue import Catalogue
from app.document.file_names import label_file_name
from app.document.files import digest_of
from app.document.image_files import find_images
from app.document.image_records import ImageRecord, ImageState

logger = logging.getLogger(__name__)

_STEP = 100


class FolderScan:
    """Compares the folder with the catalogue. Reads files: not for the GUI thread."""

    def __init__(
        self,
        folder: Path,
        label_folder: Path,
        catalogue: Catalogue,
        *,
        notify: Callable[[str], None],
        on_renamed: Callable[[str, str], None],
    ) -> None:
        """`on_renamed` is given the old and the new `label_file` of an image found again."""
        self._folder = folder
        self._label_folder = label_folder
        self._catalogue = catalogue
        self._notify = notify
        self._on_renamed = on_renamed
        self._unsettled: set[int] = set()

    def is_settled(self, image_id: int) -> bool:
        """False while a new image may still turn out to be a known one, renamed. Any thread."""
        return image_id not in self._unsettled

    def run(self, is_stopped: Callable[[], bool] = lambda: False) -> Iterator[tuple[int, ...]]:
        """Yields the ids whose item changed, every 100 files.

        New files are added, changed ones told to the user, vanished ones marked (or hidden, when
        nothing was labelled in them), renamed ones found again by their content. Stopped early, it
        keeps what it found, and takes no image for vanished.
        """
        try:
            yield from self._run(is_stopped)
        finally:
            self._unsettled = set()

    def _run(self, is_stopped: Callable[[], bool]) -> Iterator[tuple[int, ...]]:
        may_be_renamed = bool(self._catalogue.records())
        seen: set[int] = set()
        added: set[int] = set()
        batch: list[int] = []
        has_label_files = self._label_folder.is_dir()
        for count, name in enumerate(find_images(self._folder), 1):
            if is_stopped():
                break
            image_id = self._catalogue.id_of(name)
            if image_id is None:
                image_id = self._add(name, has_label_files)
                if may_be_renamed:
                    self._unsettled.add(image_id)  # before anybody can see it: not yet published
                added.add(image_id)
                batch.append(image_id)
            elif self._look_again(image_id):
                batch.append(image_id)
            seen.add(image_id)
            if count % _STEP == 0:
                yield self._publish(batch)
                batch = []
        yield self._publish(batch)
        if not is_stopped():
            yield self._settle_missing(seen, added, is_stopped)

    def _publish(self, image_ids: list[int]) -> tuple[int, ...]:
        self._catalogue.publish(image_ids)
        return tuple(image_ids)

    def _add(self, name: str, has_label_files: bool) -> int:
        size, modified = self._stat(name)

        def is_there(file: str) -> bool:
            return has_label_files and (self._label_folder / file).exists()

        file = self._catalogue.file_for(name, is_there=is_there)
        has_labels = int(is_there(file or label_file_name(name)))
        return self._catalogue.add(
            name, bytes=size, modified=modified, has_labels=has_labels, file=file
        )

    def _look_again(self, image_id: int) -> bool:
        """Compare a known file with its record; True when the record changed.

        Any other time counts, also an earlier one: clocks jump, and copies keep their times. The
        person may paint in the image meanwhile; then it is compared again.
        """
        size, modified = self._stat(self._catalogue.record(image_id).name)
        while True:
            record = self._catalogue.record(image_id)
            changes: dict[str, object] = {"bytes": size, "modified": modified, "is_missing": 0}
            if (record.bytes, record.modified) != (size, modified):
                changes |= self._changes_of_content(record)
            changed = self._catalogue.change_if_still(record, **changes)
            if changed is not None:
                return changed

    def _changes_of_content(self, record: ImageRecord) -> dict[str, object]:
        """The file is another one, or was only touched: the content tells."""
        digest = digest_of(self._folder / record.name) if record.digest is not None else None
        if not record.has_labels:
            if digest is not None and digest == record.digest:
                return {}
            state = ImageState.NEW.value
            return {"state": state, "error": None, "width": 0, "height": 0, "digest": None}
        if record.digest is None:
            return {"digest": digest_of(self._folder / record.name)}
        if digest != record.digest:
            self._notify(
                f"{record.name} was changed by another program: "
                "its labels are kept; look whether they still fit."
            )
        return {"digest": digest}

    def _settle_missing(
        self, seen: set[int], added: set[int], is_stopped: Callable[[], bool]
    ) -> tuple[int, ...]:
        changed: set[int] = set()
        new_by_size = self._by_size(added)
        for record in self._catalogue.records():
            if record.id in seen or record.id in added:
                continue
            if is_stopped():
                break
            new_id = self._find_renamed(record, new_by_size)
            if new_id is not None:
                changed |= {record.id, new_id}
                self._rename(record, new_id)
            elif not record.is_missing:
                changed.add(record.id)
                self._catalogue.update(record.id, is_missing=1)
        self._catalogue.rebuild_items()
        return tuple(changed)

    def _by_size(self, image_ids: set[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for image_id in sorted(image_ids):
            found.setdefault(self._catalogue.record(image_id).bytes, []).append(image_id)
        return found

    def _find_renamed(self, record: ImageRecord, new_by_size: dict[int, list[int]]) -> int | None:
        """The new file with the content of an image that vanished; each is found once."""
        candidates = new_by_size.get(record.bytes, [])
        if record.digest is None:
            return None
        for image_id in candidates:
            if digest_of(self._folder / self._catalogue.record(image_id).name) == record.digest:
                candidates.remove(image_id)
                return image_id
        return None

    def _rename(self, record: ImageRecord, new_id: int) -> None:
        new = self._catalogue.record(new_id)
        name = new.name
        self._catalogue.take_name(record.id, new_id)
        self._on_renamed(record.label_file, new.label_file)
        if record.has_labels:
            self._notify(f"{record.name} is now {name}: its labels were kept.")
        else:
            logger.info("%s is now %s", record.name, name)

    def _stat(self, name: str) -> tuple[int, int]:
        try:
            status = (self._folder / name).stat()
        except OSError:
            return 0, 0
        return status.st_size, status.st_mtime_ns
