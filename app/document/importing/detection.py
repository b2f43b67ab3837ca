"""Which format a folder or file of masks is in, told from what is inside."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from app.document.errors import LabelImportError
from app.document.importing.class_files import colour_names
from app.document.importing.json_files import read_json
from app.document.importing.masks import CITYSCAPES_SUFFIX, mask_files
from app.document.mask_files import read_values

_LOOKED_AT = 5


def detect(source: Path) -> str | None:
    """The name of the importer that fits, or None when nothing there looks like labels.

    Looks at the names of all files and into a few of them. Any thread. Raises `LabelImportError`
    when the only thing that might be labels is a JSON file that is broken.
    """
    if source.is_file():
        if source.suffix.lower() != ".json":
            return None
        return _format_of(read_json(source))
    broken: list[LabelImportError] = []
    found = _in_folder(source, broken)
    if found is None and broken:
        raise broken[0]
    return found


def _in_folder(source: Path, broken: list[LabelImportError]) -> str | None:
    if (source / "data.yaml").is_file() or _has_yolo_lines(source):
        return "yolo"
    for path in islice(sorted(source.rglob("*.json")), 50):
        try:
            found = _format_of(read_json(path))
        except LabelImportError as error:
            broken.append(error)
            continue
        if found is not None:
            return found
    if next(source.rglob("*.npz"), None) is not None:
        return "npz"
    names = mask_files(source)
    if any(Path(name).stem.endswith(CITYSCAPES_SUFFIX) for name in names):
        return "cityscapes"
    if colour_names(source):
        return "colours"
    kinds = [_is_coloured(source / name) for name in names[:_LOOKED_AT]]
    known = [kind for kind in kinds if kind is not None]
    if not known:
        return None
    return "colours" if all(known) else "ids"


def _format_of(content: object) -> str | None:
    """Of the content of a JSON file."""
    if not isinstance(content, dict):
        return None
    if {"images", "annotations"} <= content.keys():
        return "coco"
    return "labelme" if "shapes" in content else None


def _has_yolo_lines(source: Path) -> bool:
    """Whether the first text file holds lines of a class number and an outline."""
    root = source / "labels" if (source / "labels").is_dir() else source
    for path in islice(sorted(root.rglob("*.txt")), _LOOKED_AT):
        try:
            parts = path.read_text("utf-8").split("\n", 1)[0].split()
            numbers = [float(part) for part in parts]
        except (OSError, ValueError):
            continue
        if len(numbers) >= 7 and len(numbers) % 2 == 1 and parts[0].isdecimal():
            return True
    return False


def _is_coloured(path: Path) -> bool | None:
    """Whether a picture holds colours rather than numbers; None when it cannot be read."""
    try:
        values = read_values(path)
    except LabelImportError:
        return None
    if values.ndim != 3:
        return False
    return bool((values[:, :, :1] != values[:, :, 1:3]).any())
