"""The model's pixels of each image on disk: classes, confidence and second choice as PNGs."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document import png
from app.document.catalogue import Catalogue, ImageState
from app.document.classes import UNLABELLED
from app.document.errors import LabelFileError, ProjectReadOnly, SealBroken
from app.document.files import (
    digest_of,
    move,
    read_bytes,
    read_label_png,
    write_label_png,
)
from app.document.saver import Saver

_PAIR = "maskloop-pair"
_BASELINE_VERSION = "version"
_PARTS = ("confidence", "second")
_VERSION = "maskloop-version"
_NUMBERING = "maskloop-numbering"

Pixels = NDArray[np.uint8]
_PREDICTED = (ImageState.SUGGESTED, ImageState.PREDICTED)
_UNTOUCHED = (ImageState.NEW, ImageState.SUGGESTED, ImageState.PREDICTED, ImageState.FAILED)


@dataclass(frozen=True, eq=False)
class Prediction:
    """A model's pixels of an image, all (H, W) uint8: ids, confidence 0..255, and the ids of the
    second likeliest class, None when they were not kept. `numbering`: see `Numbering.number`.
    """

    labels: Pixels
    confidence: Pixels
    is_suggestion: bool
    version: str
    runner_up: Pixels | None = None
    numbering: int = 0


class PredictionStore:
    """Reads and writes predictions. Any thread; writing is queued, and reading sees what is queued.

    The files of one prediction carry the same mark, so that parts of two are never mixed. All carry
    the `numbering` of the classes that they were made with: what has an older one is not there.
    """

    def __init__(
        self,
        images: Path,
        data_folder: Path,
        catalogue: Catalogue,
        writer: Callable[[], Saver],
        numbering: Callable[[], int],
    ) -> None:
        self._images = images
        self._folder = data_folder / "predictions"
        self._baselines = data_folder / "before"
        self._catalogue = catalogue
        self._writer = writer
        self._numbering = numbering
        self._waiting: dict[int, Prediction] = {}

    def baseline_path(self, image_id: int) -> Path:
        """Where the prediction from before the corrections of an image is kept."""
        return self._baselines / self._catalogue.record(image_id).label_file

    def path(self, image_id: int) -> Path:
        """The prediction PNG of an image; beside it `….confidence.png` and `….second.png`."""
        return self._folder / self._catalogue.record(image_id).label_file

    def save(self, image_id: int, prediction: Prediction) -> None:
        """Queue the prediction of an image; unknown images are ignored."""
        try:
            record = self._catalogue.record(image_id)
        except KeyError:
            return
        self._queue(image_id, replace(prediction, numbering=self._numbering()))
        state = ImageState.SUGGESTED if prediction.is_suggestion else ImageState.PREDICTED
        if ImageState(record.state) in _UNTOUCHED:
            self._catalogue.update(image_id, state=state.value, error=None)

    def load(self, image_id: int, size: tuple[int, int]) -> Prediction | None:
        """The prediction, if it fits (H, W) = `size`.

        Its confidence is 0, and its second choice None, when they belong to another one.
        """
        found = self._found(image_id, self._numbering())
        return found if found is not None and found.labels.shape == size else None

    def renumber(self, image_id: int, ids: Pixels, before: int) -> None:
        """Bring a prediction of the numbering `before` to that of now: `ids` (256,) uint8 tells the
        new number of each, 255 that there is none; then it is removed, and is to be made anew.

        Done before, it does nothing. Reads files: not for the GUI thread.
        """
        self._renumber_baseline(image_id, ids, before)
        found = self._found(image_id, before)
        if found is None:
            return
        labels = ids[found.labels]
        if (labels == UNLABELLED).any():
            self._remove(image_id)
            return
        second = None if found.runner_up is None else ids[found.runner_up]
        if second is not None and (second == UNLABELLED).any():
            second = None
        now = self._numbering()
        self._queue(image_id, replace(found, labels=labels, runner_up=second, numbering=now))

    def baseline(self, image_id: int) -> tuple[Pixels, str] | None:
        """The prediction from before the corrections of an image, and the version that made it."""
        found = self._read_baseline(image_id, self._numbering())
        return None if found is None else (found[0], found[1].get(_BASELINE_VERSION, ""))

    def keep_baseline(
        self, image_id: int, prediction: Pixels, version: str, numbering: int
    ) -> None:
        """Set aside the prediction from before the first correction; one that is there stays.

        `numbering` is that of the classes which it tells. Writes a file: not for the GUI thread.
        """
        if numbering == self._numbering() and self._read_baseline(image_id, numbering) is None:
            text = {_BASELINE_VERSION: version, _NUMBERING: str(numbering)}
            write_label_png(self.baseline_path(image_id), prediction, text)

    def version(self, image_id: int) -> str | None:
        """Which version of the model made the prediction; "" when that is not told, None without
        a prediction. Reads the file, not its pixels.
        """
        now, waiting = self._numbering(), self._waiting.get(image_id)
        if waiting is not None:
            return waiting.version if waiting.numbering == now else None
        try:
            text = png.read_text(read_bytes(self.path(image_id)))
        except (OSError, SealBroken, ValueError):
            return None
        return text.get(_VERSION, "") if _numbering_of(text) == now else None

    def rename(self, old: str, new: str) -> None:
        """The image with the `label_file` `old` has now `new`: its prediction goes with it, and the
        one from before its corrections, which would be scored against another image's labels.
        """
        with contextlib.suppress(ProjectReadOnly):
            self._writer().write_file(f"renamed {new}", lambda: self._move(old, new))

    def _move(self, old: str, new: str) -> None:
        now, will_be, before = self._folder / old, self._folder / new, self._baselines
        parts = [(_beside(now, part), _beside(will_be, part)) for part in _PARTS]
        for source, target in (*parts, (now, will_be), (before / old, before / new)):
            if source.exists() and not target.exists():
                move(source, target)

    def _found(self, image_id: int, numbering: int) -> Prediction | None:
        """The prediction of that numbering, waiting or on the disk."""
        waiting = self._waiting.get(image_id)
        if waiting is not None:
            return waiting if waiting.numbering == numbering else None
        path = self.path(image_id)
        try:
            labels, text = read_label_png(path)
        except (OSError, LabelFileError):
            return None
        if _numbering_of(text) != numbering:
            return None
        mark, size = text.get(_PAIR, ""), (labels.shape[0], labels.shape[1])
        confidence = _read_part(_beside(path, "confidence"), size, mark)
        return Prediction(
            labels,
            np.zeros(size, np.uint8) if confidence is None else confidence,
            mark.endswith("/suggestion"),
            text.get(_VERSION, ""),
            _read_part(_beside(path, "second"), size, mark),
            numbering,
        )

    def _queue(self, image_id: int, prediction: Prediction) -> None:
        self._waiting[image_id] = prediction
        self._writer().write_file(
            f"prediction {image_id}", lambda: self._write(image_id, prediction)
        )

    def _remove(self, image_id: int) -> None:
        """Queue that there is no prediction any more."""
        self._waiting.pop(image_id, None)
        path = self.path(image_id)
        files = (path, *(_beside(path, part) for part in _PARTS))

        def unlink() -> None:
            for file in files:
                file.unlink(missing_ok=True)

        self._writer().write_file(f"prediction {image_id}", unlink)
        if ImageState(self._catalogue.record(image_id).state) in _PREDICTED:
            self._catalogue.update(image_id, state=ImageState.NEW.value)

    def _read_baseline(self, image_id: int, numbering: int) -> tuple[Pixels, dict[str, str]] | None:
        try:
            found, text = read_label_png(self.baseline_path(image_id))
        except (OSError, LabelFileError):
            return None
        return (found, text) if _numbering_of(text) == numbering else None

    def _renumber_baseline(self, image_id: int, ids: Pixels, before: int) -> None:
        found = self._read_baseline(image_id, before)
        if found is None:
            return
        labels, path = ids[found[0]], self.baseline_path(image_id)
        if (labels == UNLABELLED).any():
            path.unlink(missing_ok=True)
        else:
            write_label_png(path, labels, {**found[1], _NUMBERING: str(self._numbering())})

    def _write(self, image_id: int, prediction: Prediction) -> None:
        record = self._catalogue.record(image_id)
        path = self.path(image_id)
        kind = "suggestion" if prediction.is_suggestion else "prediction"
        text = {_PAIR: f"{uuid.uuid4().hex}/{kind}"}
        write_label_png(_beside(path, "confidence"), prediction.confidence, text)
        if prediction.runner_up is not None:
            write_label_png(_beside(path, "second"), prediction.runner_up, text)
        version = prediction.version.encode("ascii", "replace").decode()
        text |= {_VERSION: version, _NUMBERING: str(prediction.numbering)}
        write_label_png(path, prediction.labels, text)
        if record.digest is None:
            # By this it is found again when the image is renamed.
            self._catalogue.update(image_id, digest=digest_of(self._images / record.name))
        if self._waiting.get(image_id) is prediction:
            self._waiting.pop(image_id, None)


def _numbering_of(text: Mapping[str, str]) -> int:
    """Of a file of an older program: that from before all changes."""
    number = text.get(_NUMBERING, "0")
    return int(number) if number.isdecimal() else -1


def _read_part(path: Path, size: tuple[int, int], mark: str) -> Pixels | None:
    try:
        found, text = read_label_png(path)
    except (OSError, LabelFileError):
        return None
    return found if found.shape == size and text.get(_PAIR) == mark else None


def _beside(path: Path, part: str) -> Path:
    return path.with_name(f"{path.name.removesuffix('.png')}.{part}.png")
