"""A project: a folder of images, its classes, labels, predictions, models and scores on disk."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from app.document.bands import load_bands
from app.document.catalogue import Catalogue, ImageItem, ImageState
from app.document.cells import Cells
from app.document.classes import DEFAULT, ClassTable, LabelClass
from app.document.edit import Edit
from app.document.encryption import close_vault, open_vault
from app.document.errors import ProjectError, ProjectReadOnly, SealBroken
from app.document.facts import Facts, ImageScore, ModelVersion
from app.document.files import remove_leftovers, settle_models
from app.document.folder_scan import FolderScan
from app.document.history import History
from app.document.images import load_image
from app.document.journal import Journal, Operation
from app.document.label_store import LabelStore
from app.document.layers import ImageLayers
from app.document.location import Location, locate, lock
from app.document.prediction_store import Prediction
from app.document.salvage import salvage
from app.document.saver import Change, Saver
from app.document.store import (
    SCHEMA_VERSION,
    DamagedStore,
    damage_of,
    open_reader,
    open_store,
    put_aside,
    read_meta,
    write_meta,
)
from app.document.swap import settle_swap
from app.document.vault import Vault

__all__ = ["ImageItem", "ImageScore", "ImageState", "ModelVersion", "Project"]

logger = logging.getLogger(__name__)


class Project:
    """One folder of images and all that belongs to it. Any thread.

    Everything is readable at once in memory; what changes is written by one thread behind
    (`is_saved`). Open with `Project.open`, and `close` at the end.
    """

    def __init__(
        self,
        folder: Path,
        location: Location,
        *,
        reader: sqlite3.Connection,
        saver: Saver | None,
        file_lock: FileLock | None,
        notices: list[str],
        vault: Vault | None = None,
    ) -> None:
        self.folder = folder
        self._vault = vault
        self._cells = Cells(vault)
        self.data_folder = location.data_folder
        self._reader = reader
        self._saver = saver
        self._file_lock = file_lock
        self._notices = notices
        self._lock = threading.RLock()
        self._is_closed = False
        self._catalogue = Catalogue(reader, saver)
        self._journal = Journal(reader, saver, self._cells)
        journal_id = read_meta(reader, "journal") or ""
        self._labels = LabelStore(
            folder,
            self.data_folder,
            self._journal,
            journal_id,
            self._catalogue,
            saver,
            self._notify,
        )
        self._scan = FolderScan(
            folder,
            self.data_folder / "labels",
            self._catalogue,
            notify=self._notify,
            on_renamed=self._labels.predictions.rename,
        )
        self._classes = _read_classes(reader, self._cells)
        self._facts = Facts(reader, self._change, self._cells)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        read_only: bool = False,
        passphrase: str | None = None,
        on_saved: Callable[[bool], None] | None = None,
        on_failed: Callable[[Exception], None] | None = None,
    ) -> Project:
        """Open or begin the project of a folder. Call `rescan` next to find its images.

        Raises `ProjectLocked` (another process writes it), `ProjectTooNew`, `ProjectError`; the
        first two can still be opened `read_only`; for an encrypted one `PassphraseNeeded`, or
        `WrongPassphrase`, and nothing is changed. The callbacks come from the writer's thread.
        """
        folder = Path(folder).absolute()
        location = locate(folder, read_only=read_only)
        notices = [location.notice] if location.notice else []
        if read_only:
            return cls._open_to_look(folder, location, notices, passphrase)
        file_lock = lock(location.data_folder)
        path = location.data_folder / "project.db"
        with contextlib.ExitStack() as undo:
            if file_lock is not None:
                undo.callback(file_lock.release)
            settle_swap(location.data_folder)
            vault = open_vault(location.data_folder, passphrase)
            undo.callback(close_vault, location.data_folder, vault)
            writer = _open_writer(path, notices)
            undo.callback(writer.close)
            was_open = read_meta(writer, "is_open") == "1"
            write_meta(writer, "is_open", "1")
            reader = open_reader(path)
            undo.callback(reader.close)
            saver = Saver(writer, on_saved=on_saved, on_failed=on_failed)
            undo.callback(saver.close)
            project = cls(
                folder,
                location,
                reader=reader,
                saver=saver,
                file_lock=file_lock,
                notices=notices,
                vault=vault,
            )
            undo.pop_all()
        if was_open:
            project._recover()
        return project

    @classmethod
    def _open_to_look(
        cls, folder: Path, location: Location, notices: list[str], passphrase: str | None
    ) -> Project:
        with contextlib.ExitStack() as undo:
            vault = open_vault(location.data_folder, passphrase)
            undo.callback(close_vault, location.data_folder, vault)
            reader = open_reader(location.data_folder / "project.db")
            undo.callback(reader.close)
            project = cls._looked_at(folder, location, reader, notices, vault)
            undo.pop_all()
        return project

    @classmethod
    def _looked_at(
        cls,
        folder: Path,
        location: Location,
        reader: sqlite3.Connection,
        notices: list[str],
        vault: Vault | None,
    ) -> Project:
        if int(read_meta(reader, "schema_version") or 0) > SCHEMA_VERSION:
            notices.append("This project was written by a newer Maskloop: you can only look at it.")
        return cls(
            folder,
            location,
            reader=reader,
            saver=None,
            file_lock=None,
            notices=notices,
            vault=vault,
        )

    @property
    def is_encrypted(self) -> bool:
        """Whether labels, predictions, models and journal are encrypted on the disk."""
        return self._vault is not None

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be changed."""
        return self._saver is None

    @property
    def is_saved(self) -> bool:
        """True only when every change is on the disk."""
        return self._saver is None or self._saver.is_saved

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences for the user, oldest first; more may come while working."""
        return tuple(self._notices)

    @property
    def models_folder(self) -> Path:
        """Where each version of the model has a folder."""
        return self.data_folder / "models"

    @property
    def classes(self) -> ClassTable:
        """The classes of the project."""
        return self._classes

    def set_classes(self, table: ClassTable) -> None:
        """Replace the class table."""
        seal = self._cells.seal
        rows = [(c.id, seal("classes", "name", c.name, id=c.id), *c.colour) for c in table]

        def write(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM classes")
            db.executemany("INSERT INTO classes VALUES (?, ?, ?, ?, ?)", rows)

        self._change(write)
        self._classes = table

    @property
    def images(self) -> Mapping[int, ImageItem]:
        """The images by id in natural order of their names: a snapshot."""
        return self._catalogue.items

    def item_by_name(self, name: str) -> ImageItem:
        """The image with this relative posix path. Raises `KeyError`."""
        return self._catalogue.item_by_name(name)

    def rescan(self, is_stopped: Callable[[], bool] = lambda: False) -> Iterator[tuple[int, ...]]:
        """Look through the folder, 100 files a step; yields the ids of images that changed.

        The first step lists the folder and the last sorts it: not for the GUI thread. Ends early
        when `is_stopped`, which is asked before each file.
        """
        return self._scan.run(is_stopped)

    def is_settled(self, image_id: int) -> bool:
        """False while `rescan` may still find that a new image is a known one, renamed."""
        return self._scan.is_settled(image_id)

    def set_state(self, image_id: int, state: ImageState, error: str | None = None) -> None:
        """Set how far an image is; `error` is a sentence, with `FAILED`."""
        self._catalogue.update(image_id, state=state.value, error=error)

    def image_path(self, image_id: int) -> Path:
        """The file of an image."""
        return self.folder / self.images[image_id].name

    def label_path(self, image_id: int) -> Path:
        """The label PNG of an image; it may not exist, and may lag behind the journal."""
        return self._labels.label_path(self.images[image_id].name)

    def prediction_path(self, image_id: int) -> Path:
        """The prediction PNG of an image; it may not exist."""
        return self._labels.predictions.path(self.images[image_id].name)

    def replayed_labels(self, image_id: int, size: tuple[int, int]) -> NDArray[np.uint8]:
        """The (H, W) = `size` labels that the journal alone gives, from its first row on."""
        return self._labels.replayed(image_id, size)

    def damage(self) -> str | None:
        """What SQLite finds wrong in the database, or None. Reads all of it."""
        return damage_of(self._reader)

    def copy_database(self, target: sqlite3.Connection) -> None:
        """Copy the database as of this moment into another."""
        self._reader.backup(target)

    def load_image(
        self, image_id: int, watch: Callable[[NDArray[np.uint8]], None] | None = None
    ) -> NDArray[np.uint8]:
        """Decode an image to (H, W, 3) uint8 RGB; see `images`. Raises `ImageReadError`."""
        return load_image(self.image_path(image_id), watch=watch)

    def load_bands(self, image_id: int) -> NDArray[Any] | None:
        """The stored values of an image that is more than 8-bit RGB; see `bands`."""
        return load_bands(self.image_path(image_id))

    def load_layers(self, image_id: int, size: tuple[int, int]) -> tuple[ImageLayers, History]:
        """Labels, prediction and undo history of an image whose decoded (H, W) is `size`.

        Sees what is still being written. Labels of another size are put aside, with a notice.
        """
        return self._labels.load(image_id, size)

    def commit_edit(self, image_id: int, edit: Edit) -> None:
        """Keep an edit; returns at once. The next start finds it, and its undo."""
        self._labels.commit(image_id, Operation.EDIT, edit)

    def commit_undo(self, image_id: int, edit: Edit) -> None:
        """Keep that the latest edit was undone."""
        self._labels.commit(image_id, Operation.UNDO, edit)

    def commit_redo(self, image_id: int, edit: Edit) -> None:
        """Keep that the edit undone last was redone."""
        self._labels.commit(image_id, Operation.REDO, edit)

    def checkpoint(self, image_id: int, labels: NDArray[np.uint8]) -> None:
        """Write the label PNG, behind. `labels` is a copy that nobody changes any more."""
        self._labels.checkpoint(image_id, labels)

    def checkpoint_behind(self, image_id: int) -> None:
        """Write the label PNG from what was committed, behind; costs the caller nothing."""
        self._labels.checkpoint_behind(image_id)

    def committed_labels(self, image_id: int) -> NDArray[np.uint8]:
        """The labels with all that was committed. Reads files: not for the GUI thread."""
        return self._labels.committed(image_id)

    def save_prediction(
        self,
        image_id: int,
        labels: NDArray[np.uint8],
        confidence: NDArray[np.uint8],
        *,
        is_suggestion: bool,
        version: str,
        runner_up: NDArray[np.uint8] | None = None,
    ) -> None:
        """Write a prediction, behind; a new or predicted image takes that state."""
        prediction = Prediction(labels, confidence, is_suggestion, version, runner_up)
        self._labels.predictions.save(image_id, prediction)

    def labelled_images(self) -> list[int]:
        """The images in which a person labelled something, in order."""
        return self._catalogue.labelled()

    def add_score(self, image_id: int, version: str, scores: dict[str, Any]) -> None:
        """Keep the score of one image; `scores` must be plain JSON."""
        self._facts.add_score(image_id, version, scores)

    def scores(self) -> tuple[ImageScore, ...]:
        """All scores, oldest first."""
        return self._facts.scores

    def version_folder(self, name: str) -> Path:
        """Where the files of a model version are."""
        return self.models_folder / name

    def add_version(
        self, name: str, details: dict[str, Any] | None = None, *, is_current: bool = True
    ) -> None:
        """List a model, and make it the current one; `details` must be plain JSON."""
        self._facts.add_version(name, details or {}, is_current=is_current)

    def change_version(self, name: str, details: dict[str, Any]) -> None:
        """Replace what is told of a version. Raises `KeyError`."""
        self._facts.change_version(name, details)

    def remove_version(self, name: str) -> None:
        """List a version no more; its files are the caller's."""
        self._facts.remove_version(name)

    def versions(self) -> list[ModelVersion]:
        """The published models, oldest first."""
        return self._facts.versions()

    @property
    def current_version(self) -> str | None:
        """The name of the version in use, or None."""
        return self._facts.current_version

    def set_current_version(self, name: str | None) -> None:
        """Use this version from now on."""
        self._facts.set_current_version(name)

    def setting(self, key: str, default: Any = None) -> Any:
        """A small value that belongs to the project."""
        return self._facts.setting(key, default)

    def set_setting(self, key: str, value: Any) -> None:
        """Keep a small value; it must be plain JSON."""
        self._facts.set_setting(key, value)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all is on the disk, or a try failed. Returns `is_saved`."""
        return self._saver is None or self._saver.flush(timeout)

    def close(self) -> bool:
        """Write what is left and free the project. False when something could not be saved."""
        if self._is_closed:
            return self.is_saved
        self._is_closed = True
        is_saved = True
        if self._saver is not None:
            for image_id in self._labels.lagging():
                self._labels.catch_up(image_id)
            if self._saver.flush():
                self._change(lambda db: write_meta(db, "is_open", "0"))
            self._saver.flush()
            # The writer goes last: only then does SQLite fold its write-ahead log into the file.
            self._reader.close()
            is_saved = self._saver.close()
        else:
            self._reader.close()
        close_vault(self.data_folder, self._vault)
        if self._file_lock is not None:
            self._file_lock.release()
        return is_saved

    def _recover(self) -> None:
        """The last process did not close: tidy up, and bring the label PNGs up to the journal."""
        count = remove_leftovers(self.data_folder) + settle_models(self.models_folder)
        for image_id in self._labels.lagging():
            self._labels.catch_up(image_id)
        removed = f"; {count} half-written files were removed" if count else ""
        self._notify(
            f"Maskloop was not closed last time: every finished stroke is still there{removed}."
        )

    def _notify(self, sentence: str) -> None:
        logger.info(sentence)
        with self._lock:
            if sentence not in self._notices:
                self._notices.append(sentence)

    def _change(self, apply: Callable[[sqlite3.Connection], object]) -> None:
        if self._saver is None:
            raise ProjectReadOnly("This project was opened to look only: nothing can be changed.")
        self._saver.change(Change(apply))


def _open_writer(path: Path, notices: list[str]) -> sqlite3.Connection:
    try:
        return open_store(path)
    except DamagedStore:
        aside = put_aside(path)
        connection = open_store(path)
        connection.execute("BEGIN")
        has_journal = salvage(aside, connection)
        connection.execute("COMMIT")
        lost = "" if has_journal else " Earlier undo steps are lost."
        notices.append(
            f"project.db was damaged; it was kept as {aside.name}, and what could be read of it "
            f"and the label files make the new one.{lost} Check the names of your classes."
        )
        return connection


def _read_classes(reader: sqlite3.Connection, cells: Cells) -> ClassTable:
    def name_of(key: int, stored: object) -> str:
        try:
            return str(cells.open("classes", "name", stored, id=key))
        except SealBroken as error:
            raise ProjectError(f"The name of class {key} {error}: restore a backup.") from error

    rows = reader.execute("SELECT id, name, red, green, blue FROM classes").fetchall()
    table = ClassTable(
        LabelClass(key, name_of(key, name), (r, g, b)) for key, name, r, g, b in rows
    )
    return table or DEFAULT
