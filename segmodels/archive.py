"""A model as one file: a zip of `weights.safetensors` and `model.json`, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from segmodels.errors import ModelFileError
from segmodels.storage import CARD, WEIGHTS, read_model, read_part, write_part

SUFFIX = ".maskloop-model"
_MOST_BYTES = {CARD: 1 << 20, WEIGHTS: 4 << 30}
_NAMES = "class_names"
_LEARNED = "learned_from"
_COUNTS = ("images", "pixels")


def pack_model(folder: Path, file: Path, *, class_names: Sequence[str]) -> None:
    """Write the model in `folder` to `file`, aside first; class k is called `class_names[k]`.

    Names of images stay at home, as they may be those of patients: only their number goes along.
    Raises ModelFileError when the folder holds no whole model, or one that has learned nothing.
    """
    card, _ = read_model(folder)
    if card.get("head") is None:
        raise ModelFileError("The model has learned nothing yet: paint a few strokes first.")
    aside = Path(tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)[1])
    try:
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED) as archive:
            learned = _counted(card)
            card = {**card, _NAMES: list(class_names), _LEARNED: learned}
            text = json.dumps(card, indent=2, ensure_ascii=False)
            archive.writestr(CARD, text)
            archive.writestr(WEIGHTS, read_part(folder / WEIGHTS))
        with aside.open("rb+") as written:
            os.fsync(written.fileno())
        aside.chmod(0o644)
        os.replace(aside, file)
    finally:
        aside.unlink(missing_ok=True)


def read_class_names(file: Path) -> tuple[str, ...]:
    """The names of the classes of a packed model, in the order of its ids.

    Raises ModelFileError when it is no packed model.
    """
    with _opened(file) as archive, _member(archive, file, CARD) as source:
        try:
            data = source.read(_MOST_BYTES[CARD] + 1)
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise _broken(file) from error
    return tuple(_card(data, file)[_NAMES])


def packed_labels(folder: Path) -> tuple[int, int]:
    """How many images and labelled pixels a model learned from that was packed; else 0, 0."""
    learned = _card((folder / CARD).read_bytes(), folder).get(_LEARNED)
    counts = [learned.get(key) for key in _COUNTS] if isinstance(learned, dict) else []
    images, pixels = (count if isinstance(count, int) else 0 for count in (*counts, 0, 0)[:2])
    return images, pixels


def unpack_model(file: Path, folder: Path) -> None:
    """Write the two files of a packed model into the new folder `folder`.

    Nothing else is taken from the archive, and never more bytes than it announced. Raises
    ModelFileError; then there is no folder.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        with _opened(file) as archive:
            for name in (CARD, WEIGHTS):
                with _member(archive, file, name) as source:
                    write_part(aside / name, source.read())
        _card(read_part(aside / CARD), file)
        read_model(aside)
        aside.chmod(0o755)
        os.replace(aside, folder)
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise _broken(file) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except FileNotFoundError as error:
        raise ModelFileError(f"There is no file {file}.") from error
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _broken(file) from error


def _member(archive: zipfile.ZipFile, file: Path, name: str) -> IO[bytes]:
    try:
        info = archive.getinfo(name)
        if info.file_size > _MOST_BYTES[name] or info.compress_type != zipfile.ZIP_STORED:
            raise _broken(file)
        return archive.open(info)
    except (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise _broken(file) from error


def _card(data: bytes, file: Path) -> dict[str, Any]:
    try:
        card = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _broken(file) from error
    names = card.get(_NAMES) if isinstance(card, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _broken(file)
    return dict(card)


def _counted(card: dict[str, Any]) -> dict[str, int]:
    """What a model learned from, without the names of the images."""
    told = card.get("about", {}).get(_LEARNED)  # of one that was imported itself
    pixels = card.get(_LEARNED) or {}
    return told or dict(zip(_COUNTS, (len(pixels), sum(pixels.values())), strict=True))


def _broken(file: Path) -> ModelFileError:
    return ModelFileError(f"{file.name} is no model of Maskloop, or it is cut short.")
