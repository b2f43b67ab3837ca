"""Read exported masks again with Pillow and OpenCV, and compare them with the project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.document.classes import ClassTable
from app.document.export import ExportedImage, Which, pictures_of, pixels_of
from app.document.export.frame import Pixels
from app.document.export.masks import export_palette
from app.document.project import Project

CHECKED_FORMATS = ("ids", "ids16", "voc", "colours", "tiff")


def examine(
    project: Project, format_name: str, folder: Path, *, which: str = Which.ALL
) -> Iterator[ExportedImage]:
    """Compare size and every pixel of each mask, as two readers see it; yields one an image.

    Only for `CHECKED_FORMATS`. A reader that would misread the file is a problem in a sentence.
    """
    suffix = ".tif" if format_name == "tiff" else ".png"
    problem = _classes_problem(folder, project.classes)
    if problem:
        yield ExportedImage("classes.json", problem)
    for picture in pictures_of(project, Which(which))[0]:
        path = folder / f"{picture.stem}{suffix}"
        labels = pixels_of(project, picture, Which(which))
        yield ExportedImage(picture.name, _problem(path, labels, format_name, project.classes))


def _problem(path: Path, labels: Pixels, format_name: str, classes: ClassTable) -> str | None:
    if not path.is_file():
        return f"{path.name} was not written."
    for reader, read in (("Pillow", _read_pillow), ("OpenCV", _read_opencv)):
        found = read(path)
        if found is None:
            return f"{path.name} cannot be read by {reader}."
        if found.shape[:2] != labels.shape:
            height, width = found.shape[:2]
            return f"{path.name} is {width} x {height} for {reader}, not as its image."
        expected = _expected(labels, format_name, reader, classes)
        if found.shape != expected.shape or not np.array_equal(found, expected):
            return f"{path.name} has other values for {reader} than in the project."
    return None


def _expected(
    labels: Pixels, format_name: str, reader: str, classes: ClassTable
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """What this reader must see: OpenCV turns palettes into colours, Pillow gives the indices."""
    if format_name == "colours" or (format_name == "voc" and reader == "OpenCV"):
        return export_palette(classes)[labels]
    if format_name == "ids16":
        return np.where(labels == 255, 65535, labels.astype(np.uint16)).astype(np.uint16)
    return labels


def _read_pillow(path: Path) -> NDArray[Any] | None:
    try:
        with Image.open(path) as image:
            return np.asarray(image)
    except (OSError, ValueError, SyntaxError):
        return None


def _read_opencv(path: Path) -> NDArray[Any] | None:
    data = np.frombuffer(path.read_bytes(), np.uint8)
    pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if pixels is None:
        return None
    return np.asarray(pixels[:, :, ::-1] if pixels.ndim == 3 else pixels)


def _classes_problem(folder: Path, classes: ClassTable) -> str | None:
    try:
        content = json.loads((folder / "classes.json").read_text("utf-8"))
        found = {int(entry["id"]): str(entry["name"]) for entry in content["classes"]}
    except (OSError, ValueError, KeyError, TypeError):
        return "classes.json cannot be read."
    if found != {item.id: item.name for item in classes}:
        return "classes.json does not list the classes of the project."
    return None
