"""The layers of each image: label PNG plus journal, and the model's prediction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document.catalogue import Catalogue, ImageState
from app.document.classes import UNLABELLED
from app.document.edit import Edit, edit_between
from app.document.errors import LabelFileError, ProjectReadOnly
from app.document.file_names import new_label_file
from app.document.files import digest_of, move, read_label_png, write_label_png
from app.document.history import History
from app.document.journal import Journal, replay
from app.document.layers import ImageLayers, blank_labels
from app.document.log_rows import LogRow, Operation
from app.document.prediction_store import PredictionStore
from app.document.saver import Saver
from app.document.storage import Storage

_STAMP = "maskloop-journal"

Pixels = NDArray[np.uint8]
_UNTOUCHED = (ImageState.NEW, ImageState.SUGGESTED, ImageState.PREDICTED)


class LabelStore:
    """Reads and writes layers. Any thread; writing is queued, and reading sees what is queued."""

    def __init__(
        self,
        folder: Path,
        storage: Storage,
        journal: Journal,
        catalogue: Catalogue,
        numbering: Callable[[], int],
    ) -> None:
        self._folder = folder
        self._data_folder = storage.data_folder
        self._journal = journal
        self._catalogue = catalogue
        self._saver = storage.saver
        self._notify = storage.notices.add
        self.predictions = PredictionStore(
            folder, self._data_folder, catalogue, self._writer, numbering
        )

    def label_path(self, image_id: int) -> Path:
        """The label PNG of an image. Raises `KeyError`."""
        return self._data_folder / "labels" / self._catalogue.record(image_id).label_file

    def waiting_images(self) -> set[int]:
        """The images with edits that are not yet on the disk."""
        return self._journal.waiting_images()

    def commit(self, image_id: int, operation: Operation, edit: Edit) -> None:
        """Queue a row of the journal. Raises `ProjectReadOnly`."""
        self._writer()
        self._journal.append(image_id, operation, edit if operation is Operation.EDIT else None)
        record = self._catalogue.record(image_id)
        if ImageState(record.state) in _UNTOUCHED:
            self._catalogue.update(image_id, state=ImageState.EDITED.value, has_labels=1)
        else:
            self._catalogue.update(image_id, has_labels=1)

    def checkpoint(self, image_id: int, labels: Pixels) -> None:
        """Queue the label PNG; it holds the journal up to the latest row committed so far."""
        row_id = self._journal.last_row(image_id)
        self._writer().write_file(
            f"labels {image_id}", lambda: self._write_labels(image_id, labels, row_id)
        )

    def checkpoint_behind(self, image_id: int) -> None:
        """Queue the label PNG; the writer makes it of the last one and the journal."""
        row_id = self._journal.last_row(image_id)
        if row_id > self._catalogue.record(image_id).checkpoint:
            self._writer().write_file(
                f"labels {image_id}",
                lambda: self._write_labels(image_id, self.committed(image_id, row_id), row_id),
            )

    def committed(self, image_id: int, row_id: int | None = None) -> Pixels:
        """The labels up to a row of the journal (None: the latest), read from the disk."""
        record = self._catalogue.record(image_id)
        found = self._read_labels(image_id, self.label_path(image_id))
        rows = self._journal.rows(image_id)
        if row_id is not None:
            rows = [row for row in rows if row.id <= row_id]
        size = (record.height, record.width)
        known = None
        if found is not None and found[0].shape == size:
            known = self._stamped_row(image_id, found[1], rows)
        labels = found[0] if found is not None and known else blank_labels(size)
        replay(rows, labels, after=known or 0)
        return labels

    def load(self, image_id: int, size: tuple[int, int]) -> tuple[ImageLayers, History]:
        """The layers and the history of an image of (H, W) = `size`. Raises `KeyError`."""
        record = self._catalogue.record(image_id)
        known = (record.height, record.width)
        # The PNG first: rows that come in between are then newer than it, never missing.
        found = self._read_labels(image_id, self.label_path(image_id))
        rows = self._journal.rows(image_id)
        if known not in ((0, 0), size):
            rows = self._start_anew(image_id, rows, known, size)
        if found is not None and found[0].shape != size:
            self._put_aside(self.label_path(image_id), found[0].shape)
            found = None
        self._catalogue.update(image_id, width=size[1], height=size[0])
        labels, history = self._restored(image_id, rows, found, size)
        layers = ImageLayers(labels)
        prediction = self.predictions.load(image_id, size)
        if prediction is not None:
            layers.take_prediction(
                prediction.labels,
                prediction.confidence,
                prediction.runner_up,
                is_suggestion=prediction.is_suggestion,
            )
        return layers, history

    def replayed(self, image_id: int, size: tuple[int, int]) -> Pixels:
        """The labels that the journal alone gives."""
        labels = blank_labels(size)
        replay(self._journal.rows(image_id), labels, after=0)
        return labels

    def catch_up(self) -> None:
        """Write each label PNG that does not hold its whole journal."""
        for image_id in self._catalogue.items:
            record = self._catalogue.record(image_id)
            if record.width and self._journal.last_row(image_id) > record.checkpoint:
                layers, _ = self.load(image_id, (record.height, record.width))
                self.checkpoint(image_id, layers.labels)

    def _restored(
        self,
        image_id: int,
        rows: list[LogRow],
        found: tuple[Pixels, str] | None,
        size: tuple[int, int],
    ) -> tuple[Pixels, History]:
        """The PNG when the journal knows it, and what came later; else the whole journal."""
        row_id = self._stamped_row(image_id, found[1], rows) if found else None
        labels = found[0] if found and row_id else blank_labels(size)
        result = replay(rows, labels, after=row_id or 0)
        name = self._catalogue.record(image_id).name
        if result.damaged:
            self._notify(f"{result.damaged} edits of {name} are damaged and were left out.")
        if found and row_id is None:
            self._take_over(image_id, labels, found[0], result.history)
        return labels, result.history

    def _take_over(self, image_id: int, labels: Pixels, foreign: Pixels, history: History) -> None:
        """A label PNG that another program wrote becomes an edit, so that it can be undone."""
        edit = edit_between(labels, foreign, "Labels from a file")
        if edit is None:
            return
        labels[:] = foreign
        if self._saver is not None:
            self.commit(image_id, Operation.EDIT, edit)
            history.push(edit)
            self.checkpoint(image_id, labels.copy())

    def _start_anew(
        self, image_id: int, rows: list[LogRow], known: tuple[int, int], size: tuple[int, int]
    ) -> list[LogRow]:
        """The image has another size now: keep its labels in a file, and begin blank."""
        name = self._catalogue.record(image_id).name
        if rows and self._saver is not None:
            labels = blank_labels(known)
            replay(rows, labels, after=0)
            if (labels != UNLABELLED).any():
                aside = self._aside_path(name, known)
                self._saver.write_file(str(aside), lambda: write_label_png(aside, labels))
                self._notify(
                    f"{name} has another size now ({size[1]} x {size[0]}, was {known[1]} x "
                    f"{known[0]}): its labels were put aside as {aside.name}."
                )
            self._journal.append(image_id, Operation.RESET)
        return self._journal.rows(image_id) if self._saver is not None else []

    def _put_aside(self, path: Path, shape: tuple[int, ...]) -> None:
        """A label PNG of another size than its image is renamed, never resized or deleted."""
        if self._saver is None:
            return
        aside = self._aside_path(path.name.removesuffix(".png"), (shape[0], shape[1]))
        try:
            move(path, aside)
        except OSError:
            return
        self._notify(
            f"{path.name} is {shape[1]} x {shape[0]} and does not fit its image: "
            f"it was put aside as {aside.name}."
        )

    def _aside_path(self, name: str, size: tuple[int, int]) -> Path:
        folder = self._data_folder / "set-aside"
        stem = f"{name}.{size[1]}x{size[0]}"
        number = 1
        while (path := folder / new_label_file(f"{stem}.{number}", ())).exists():
            number += 1
        return path

    def _stamped_row(self, image_id: int, stamp: str, rows: list[LogRow]) -> int | None:
        """The journal row that a label PNG holds; 0: an outdated file, None: not of this journal.

        Outdated is what was left under this name by another image, or from before a reset. A row
        that the journal does not know yet comes from a later one than this (a restored backup).
        """
        journal_id, _, rest = stamp.partition("/")
        image, _, row = rest.partition("/")
        if journal_id != self._journal.id or not row.isdecimal():
            return None
        if image != str(image_id):
            return 0
        if int(row) > self._journal.last_row(image_id):
            return None
        return int(row) if any(int(row) == known.id for known in rows) else 0

    def _read_labels(self, image_id: int, path: Path) -> tuple[Pixels, str] | None:
        """Labels and stamp of a label PNG; None when missing or broken: the journal has it all."""
        try:
            labels, text = read_label_png(path)
        except OSError:
            return None
        except LabelFileError as error:
            self._notify(f"{error} It was restored from the journal.")
            return None
        return labels, text.get(_STAMP, "")

    def _write_labels(self, image_id: int, labels: Pixels, row_id: int) -> None:
        record = self._catalogue.record(image_id)
        stamp = f"{self._journal.id}/{image_id}/{row_id}"
        write_label_png(self.label_path(image_id), labels, {_STAMP: stamp})
        digest = record.digest or digest_of(self._folder / record.name)
        has_labels = int((labels != UNLABELLED).any())
        self._catalogue.update(image_id, checkpoint=row_id, digest=digest, has_labels=has_labels)

    def _writer(self) -> Saver:
        if self._saver is None:
            raise ProjectReadOnly("This project was opened to look only: nothing can be changed.")
        return self._saver
