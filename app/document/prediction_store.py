"""The model's pixels of each image on disk: classes, confidence and second choice as PNGs."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document import png
from app.document.catalogue import Catalogue, ImageState
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
_PARTS = ("confidence", "second")
_VERSION = "maskloop-version"

Pixels = NDArray[np.uint8]
_UNTOUCHED = (ImageState.NEW, ImageState.SUGGESTED, ImageState.PREDICTED, ImageState.FAILED)


@dataclass(frozen=True, eq=False)
class Prediction:
    """A model's pixels of an image, all (H, W) uint8: ids, confidence 0..255, and the ids of the
    second likeliest class, None when they were not kept.
    """

    labels: Pixels
    confidence: Pixels
    is_suggestion: bool
    version: str
    runner_up: Pixels | None = None


class PredictionStore:
    """Reads and writes predictions. Any thread; writing is queued, and reading sees what is queued.

    The files of one prediction carry the same mark, so that parts of two are never mixed.
    """

    def __init__(
        self,
        images: Path,
        data_folder: Path,
        catalogue: Catalogue,
        writer: Callable[[], Saver],
    ) -> None:
        self._images = images
        self._folder = data_folder / "predictions"
        self._baselines = data_folder / "before"
        self._catalogue = catalogue
        self._writer = writer
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
        self._waiting[image_id] = prediction
        self._writer().write_file(
            f"prediction {image_id}", lambda: self._write(image_id, prediction)
        )
        state = ImageState.SUGGESTED if prediction.is_suggestion else ImageState.PREDICTED
        if ImageState(record.state) in _UNTOUCHED:
            self._catalogue.update(image_id, state=state.value, error=None)

    def load(self, image_id: int, size: tuple[int, int]) -> Prediction | None:
        """The prediction, if it fits (H, W) = `size`.

        Its confidence is 0, and its second choice None, when they belong to another one.
        """
        waiting = self._waiting.get(image_id)
        if waiting is not None:
            return waiting if waiting.labels.shape == size else None
        path = self.path(image_id)
        try:
            labels, text = read_label_png(path)
        except (OSError, LabelFileError):
            return None
        if labels.shape != size:
            return None
        mark = text.get(_PAIR, "")
        confidence = _read_part(_beside(path, "confidence"), size, mark)
        return Prediction(
            labels,
            np.zeros(size, np.uint8) if confidence is None else confidence,
            mark.endswith("/suggestion"),
            text.get(_VERSION, ""),
            _read_part(_beside(path, "second"), size, mark),
        )

    def version(self, image_id: int) -> str | None:
        """Which version of the model made the prediction; "" when that is not told, None without
        a prediction. Reads the file, not its pixels.
        """
        waiting = self._waiting.get(image_id)
        if waiting is not None:
            return waiting.version
        try:
            return png.read_text(read_bytes(self.path(image_id))).get(_VERSION, "")
        except (OSError, SealBroken, ValueError):
            return None

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

    def _write(self, image_id: int, prediction: Prediction) -> None:
        record = self._catalogue.record(image_id)
        path = self.path(image_id)
        kind = "suggestion" if prediction.is_suggestion else "prediction"
        text = {_PAIR: f"{uuid.uuid4().hex}/{kind}"}
        write_label_png(_beside(path, "confidence"), prediction.confidence, text)
        if prediction.runner_up is not None:
            write_label_png(_beside(path, "second"), prediction.runner_up, text)
        version = prediction.version.encode("ascii", "replace").decode()
        write_label_png(path, prediction.labels, {**text, _VERSION: version})
        if record.digest is None:
            # By this it is found again when the image is renamed.
            self._catalogue.update(image_id, digest=digest_of(self._images / record.name))
        if self._waiting.get(image_id) is prediction:
            self._waiting.pop(image_id, None)


def _read_part(path: Path, size: tuple[int, int], mark: str) -> Pixels | None:
    try:
        found, text = read_label_png(path)
    except (OSError, LabelFileError):
        return None
    return found if found.shape == size and text.get(_PAIR) == mark else None


def _beside(path: Path, part: str) -> Path:
    return path.with_name(f"{path.name.removesuffix('.png')}.{part}.png")
