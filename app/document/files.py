"""Files that are never half written: written aside, synced, then swapped in; and label PNGs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document import mounts, png
from app.document.errors import LabelFileError, SealBroken

ASIDE_SUFFIX = ".maskloop-part"
_PNG_OPTIONS = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, 3)


def write_aside(path: Path, data: bytes) -> None:
    """Write beside `path`, sync, then replace: at any moment the old or the new file is there.

    Encrypted when the project is. Makes the folder. Raises `OSError`; then the old file is
    untouched and nothing is left beside.
    """
    write_plainly_aside(path, mounts.sealed(path, data))


def write_plainly_aside(path: Path, data: bytes) -> None:
    """Like `write_aside`, but never encrypted: for what opens an encrypted project."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{uuid.uuid4().hex[:12]}{ASIDE_SUFFIX}")
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def leftovers(folder: Path) -> list[Path]:
    """What a killed process left beside its files, and what is just being written."""
    return list(folder.rglob(f".*{ASIDE_SUFFIX}"))


def read_bytes(path: Path) -> bytes:
    """A file of a project, decrypted when the project is. Raises `OSError`, `SealBroken`."""
    return mounts.opened(path, path.read_bytes())


def move(source: Path, target: Path) -> None:
    """Give a file another name, for which it is encrypted anew. Raises `OSError`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not mounts.is_sealed(source):
        os.replace(source, target)
        return
    try:
        write_aside(target, read_bytes(source))
    except SealBroken:
        os.replace(source, target)  # It does not open, but nothing is deleted.
    else:
        source.unlink()


def remove_leftovers(folder: Path) -> int:
    """Delete what a killed process left beside its files. Returns how many there were."""
    count = 0
    for path in leftovers(folder):
        with contextlib.suppress(OSError):
            path.unlink()
            count += 1
    return count


def settle_models(folder: Path) -> int:
    """Put back or delete what a killed process left of models, which are made in hidden folders.

    Only before anybody writes a model. Returns how many there were.
    """
    left = [path for path in folder.glob(".*-*") if path.is_dir()]
    for path in left:
        name, _, rest = path.name[1:].partition("-old-")
        with contextlib.suppress(OSError):
            if rest and (path / "model").exists() and not (folder / name).exists():
                os.replace(path / "model", folder / name)
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def encode_label_png(labels: NDArray[np.uint8], text: Mapping[str, str] | None = None) -> bytes:
    """A grey 8-bit PNG of (H, W) uint8 ids, with `text` (ASCII) in its tEXt chunks."""
    if labels.dtype != np.uint8 or labels.ndim != 2:
        raise ValueError(f"labels are (H, W) uint8, not {labels.shape} {labels.dtype}")
    _, encoded = cv2.imencode(".png", labels, _PNG_OPTIONS)
    return png.with_text(encoded.tobytes(), text or {})


def write_label_png(
    path: Path, labels: NDArray[np.uint8], text: Mapping[str, str] | None = None
) -> None:
    """Write (H, W) uint8 ids as a grey PNG, aside and swapped in. Raises `OSError`."""
    write_aside(path, encode_label_png(labels, text))


def read_label_png(path: Path) -> tuple[NDArray[np.uint8], dict[str, str]]:
    """The (H, W) uint8 ids of a grey PNG and its text.

    Raises `OSError` when it cannot be read, `LabelFileError` when it is damaged or not grey.
    """
    try:
        data = read_bytes(path)
    except SealBroken as error:
        raise LabelFileError(f"{path.name} {error}.") from None
    return decode_label_png(data, path.name)


def decode_label_png(data: bytes, name: str) -> tuple[NDArray[np.uint8], dict[str, str]]:
    """The (H, W) uint8 ids of a grey PNG and its text; `name` is for the error `LabelFileError`."""
    try:
        text = png.read_text(data)
    except ValueError as error:
        raise LabelFileError(f"{name} {error}.") from None
    try:
        labels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        labels = None
    if labels is None:
        raise LabelFileError(f"{name} is damaged.")
    if labels.ndim != 2 or labels.dtype != np.uint8:
        raise LabelFileError(f"{name} is not a grey 8-bit PNG of class numbers.")
    return labels.astype(np.uint8, copy=False), text


def digest_of(path: Path) -> str | None:
    """A checksum of a file's content; None when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "blake2b").hexdigest()[:32]
    except OSError:
        return None


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; not every system lets a folder be opened."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
