"""A project: a folder of images, its classes, labels, predictions, models and scores on disk."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.document.bands import load_bands
from app.document.catalogue import Catalogue, ImageItem, ImageState
from app.document.cells import Cells
from app.document.class_store import ClassStore
from app.document.classes import ClassTable
from app.document.compaction import UNDO_LIMIT, UndoLimit
from app.document.edit import Edit
from app.document.facts import Facts, ImageScore, ModelVersion
from app.document.files import remove_leftovers, settle_models
from app.document.folder_scan import FolderScan
from app.document.history import History
from app.document.images import load_image
from app.document.journal import Journal
from app.document.label_store import LabelStore
from app.document.layers import ImageLayers
from app.document.log_rows import Operation
from app.document.numbering import CLASS_CHANGES, Numbering
from app.document.prediction_store import Prediction
from app.document.storage import Storage, open_storage
from app.document.store import damage_of, not_now

__all__ = ["ImageItem", "ImageScore", "ImageState", "ModelVersion", "Project"]


class Project:
    """One folder of images and all that belongs to it. Any thread.

    Everything is readable at once in memory; what changes is written by one thread behind
    (`is_saved`). Open with `Project.open`, and `close` at the end.
    """

    def __init__(self, folder: Path, storage: Storage) -> None:
        self.folder = folder
        self.data_folder = storage.data_folder
        self._storage = storage
        self._is_closed = False
        reader, saver, cells = storage.reader, storage.saver, Cells(storage.vault)
        self._catalogue = Catalogue(reader, saver)
        self._facts = Facts(reader, storage.change, cells)
        journal = Journal(reader, saver, cells)
        self._labels = LabelStore(
            folder, storage, journal, self._catalogue, lambda: self.numbering.number
        )
        self._scan = FolderScan(
            folder,
            self.data_folder / "labels",
            self._catalogue,
            notify=storage.notices.add,
            on_renamed=self._labels.predictions.rename,
        )
        self._classes = ClassStore(reader, storage.change, cells)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        read_only: bool = False,
        passphrase: str | None = None,
        undo_limit: UndoLimit = UNDO_LIMIT,
        on_saved: Callable[[bool], None] | None = None,
        on_failed: Callable[[Exception], None] | None = None,
    ) -> Project:
        """Open or begin the project of a folder. Call `rescan` next to find its images.

        Raises `ProjectLocked` (another process writes it), `ProjectTooNew`, `ProjectDiskFull`,
        `ProjectError`; all but the last can still be opened `read_only`; for an encrypted one
        `PassphraseNeeded`, or `WrongPassphrase`, and nothing is changed. The callbacks come from
        the writer's thread.
        """
        folder = Path(folder).absolute()
        told = on_saved, on_failed
        try:
            storage = open_storage(folder, passphrase, undo_limit, *told, read_only=read_only)
            with contextlib.ExitStack() as undo:
                undo.callback(storage.give_up)
                project = cls(folder, storage)
                if storage.was_open:
                    project._recover()
                undo.pop_all()
        except sqlite3.Error as error:
            raise not_now(folder, error) from error
        return project

    @property
    def is_encrypted(self) -> bool:
        """Whether labels, predictions, models and journal are encrypted on the disk."""
        return self._storage.vault is not None

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be changed."""
        return self._storage.saver is None

    @property
    def is_saved(self) -> bool:
        """True only when every change is on the disk."""
        return self._storage.is_saved

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences for the user, oldest first; more may come while working."""
        return self._storage.notices.all

    @property
    def models_folder(self) -> Path:
        """Where each version of the model has a folder."""
        return self.data_folder / "models"

    @property
    def classes(self) -> ClassTable:
        """The classes of the project."""
        return self._classes.table

    def set_classes(self, table: ClassTable) -> None:
        """Replace the class table."""
        self._classes.replace(table)

    @property
    def numbering(self) -> Numbering:
        """What the numbers of the classes meant when."""
        return Numbering.of(self.setting(CLASS_CHANGES, ()))

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
        return self._labels.label_path(image_id)

    def prediction_path(self, image_id: int) -> Path:
        """The prediction PNG of an image; it may not exist."""
        return self._labels.predictions.path(image_id)

    def baseline_path(self, image_id: int) -> Path:
        """Where the prediction from before the corrections of an image is kept."""
        return self._labels.predictions.baseline_path(image_id)

    def baseline(self, image_id: int) -> tuple[NDArray[np.uint8], str] | None:
        """The prediction from before the corrections of an image, and the version that made it.

        Reads a file: not for the GUI thread.
        """
        return self._labels.predictions.baseline(image_id)

    def keep_baseline(
        self, image_id: int, prediction: NDArray[np.uint8], version: str, numbering: int
    ) -> None:
        """Set aside the prediction from before the first correction; one that is there stays.

        Nothing when the classes have another `numbering` now. Writes a file: not for the GUI
        thread.
        """
        self._labels.predictions.keep_baseline(image_id, prediction, version, numbering)

    def renumber_prediction(self, image_id: int, ids: NDArray[np.uint8], before: int) -> None:
        """Bring what was predicted by an earlier numbering to that of now; see the store."""
        self._labels.predictions.renumber(image_id, ids, before)

    def label_size(self, image_id: int) -> tuple[int, int] | None:
        """Height and width of the labels of an image; None when it was never opened."""
        record = self._catalogue.record(image_id)
        return (record.height, record.width) if record.width else None

    def replayed_labels(self, image_id: int, size: tuple[int, int]) -> NDArray[np.uint8]:
        """The (H, W) = `size` labels that the journal alone gives, from its first row on."""
        return self._labels.replayed(image_id, size)

    def damage(self) -> str | None:
        """What SQLite finds wrong in the database, or None. Reads all of it."""
        return damage_of(self._storage.reader)

    def copy_database(self, target: sqlite3.Connection) -> None:
        """Copy the database as of this moment into another."""
        self._storage.reader.backup(target)

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

    def prediction_version(self, image_id: int) -> str | None:
        """Which version of the model made the prediction of an image; None without one.

        Reads a file: not for the GUI thread.
        """
        return self._labels.predictions.version(image_id)

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

    def set_settings(self, values: Mapping[str, Any]) -> None:
        """Keep small values: all of them or, when the process is killed, none."""
        self._facts.set_settings(values)

    @property
    def unsaved_images(self) -> int:
        """How many images have edits that are not yet on the disk."""
        return len(self._labels.waiting_images())

    @property
    def saving_failure(self) -> Exception | None:
        """What the last try to save failed by; None once all is on the disk."""
        return self._storage.failure

    def retry_saving(self) -> None:
        """Try at once what could not be saved; returns at once, and a failure is told again."""
        self._storage.retry()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all is on the disk, or a try failed. Returns `is_saved`."""
        return self._storage.flush(timeout)

    def close(self) -> bool:
        """Write what is left and free the project. False when something could not be saved."""
        if self._is_closed:
            return self.is_saved
        self._is_closed = True
        if not self.is_read_only:
            self._labels.catch_up()
        return self._storage.close()

    def _recover(self) -> None:
        """The last process did not close: tidy up, and bring the label PNGs up to the journal."""
        count = remove_leftovers(self.data_folder) + settle_models(self.models_folder)
        self._labels.catch_up()
        removed = f"; {count} half-written files were removed" if count else ""
        self._storage.notices.add(
            f"Maskloop was not closed last time: every finished stroke is still there{removed}."
        )
