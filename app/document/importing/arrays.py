"""Imports of NumPy archives, as `export` writes them."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from app.document.errors import LabelImportError
from app.document.images import pixel_limit
from app.document.importing.class_files import class_names
from app.document.importing.frame import Found, Ids, Matcher, SourceClasses
from app.document.mask_files import as_ids
from app.document.project import Project

_MEMBER = "labels.npy"


def find_arrays(project: Project, folder: Path, classes: SourceClasses) -> Iterator[Found]:
    """`<name>.npz` with an array `labels` of (H, W) class numbers."""
    for number, (name, colour) in class_names(folder).items():
        classes.declare(number, name, colour)
    matcher = Matcher(project)
    for path in sorted(folder.rglob("*.npz")):
        stem = path.relative_to(folder).with_suffix("").as_posix()
        yield from matcher.found(path.name, stem, partial(_read, path, classes))


def _read(path: Path, classes: SourceClasses) -> Ids:
    try:
        with zipfile.ZipFile(path) as archive:
            with archive.open(_MEMBER) as member:
                _refuse_hostile(path, member)
            with archive.open(_MEMBER) as member:
                values = np.lib.format.read_array(member, allow_pickle=False)
    except LabelImportError:
        raise
    except Exception as error:
        # NumPy and zipfile raise nearly anything on hostile files.
        raise LabelImportError(f"{path.name} is damaged or holds no labels.") from error
    ids = as_ids(values, path)
    classes.note(ids)
    return ids


def _refuse_hostile(path: Path, member: IO[bytes]) -> None:
    """A header may promise any size: look at it before anything is unpacked."""
    version = np.lib.format.read_magic(member)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(member)
    is_number = dtype.kind in "uib"
    if len(shape) != 2 or not 0 < math.prod(shape) <= pixel_limit() or not is_number:
        raise LabelImportError(f"{path.name} holds no picture of class numbers.")
