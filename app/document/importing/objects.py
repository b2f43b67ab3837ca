"""Imports of objects: COCO, YOLO and labelme. Pixels of no object stay as they are."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED
from app.document.errors import DocumentError, LabelImportError
from app.document.images import image_size, pixel_limit
from app.document.importing.frame import (
    Found,
    FoundMask,
    Ids,
    Matcher,
    Problem,
    SourceClasses,
    Stranger,
)
from app.document.importing.json_files import read_json
from app.document.project import Project
from app.document.regions import Ring, fill
from app.document.rle import mask_of, unpacked

Size = tuple[int, int]


def find_coco(project: Project, source: Path, classes: SourceClasses) -> Iterator[Found]:
    """Every COCO JSON file of a folder (or one file). Later annotations cover earlier ones."""
    matcher = Matcher(project)
    for path in _files(source, "*.json"):
        try:
            content = read_json(path)
            names = {int(c["id"]): str(c["name"]) for c in content["categories"]}
            numbers = {key: classes.number_of(name, wanted=key) for key, name in names.items()}
            by_image: dict[int, list[Any]] = {}
            for annotation in content["annotations"]:
                by_image.setdefault(int(annotation["image_id"]), []).append(annotation)
            images = [
                (int(image["id"]), image, str(image["file_name"])) for image in content["images"]
            ]
        except LabelImportError as error:
            yield Problem(path.name, str(error))
            continue
        except (KeyError, TypeError, ValueError) as error:
            yield Problem(path.name, f"{path.name} is not a COCO file ({_told(error)}).")
            continue
        for image_id, image, name in images:
            path_of = PurePosixPath(name.replace("\\", "/"))
            read = partial(_coco_ids, name, image, by_image.get(image_id, []), numbers)
            whole = list(matcher.found(name, str(path_of), read))
            is_found = not isinstance(whole[0], Stranger)
            stem = str(path_of.with_suffix("")) if path_of.name else name
            yield from whole if is_found else matcher.found(name, stem, read)


def find_yolo(project: Project, source: Path, classes: SourceClasses) -> Iterator[Found]:
    """`labels/**/<name>.txt` with the names of `data.yaml`, or called by number."""
    matcher = Matcher(project)
    names = yolo_names(source)
    numbers = {number: classes.number_of(name) for number, name in names.items()}
    root = source / "labels" if (source / "labels").is_dir() else source
    for path in sorted(root.rglob("*.txt")):
        parts = path.relative_to(root).with_suffix("").parts
        stem = "/".join(parts[1:] if len(parts) > 1 and parts[0] in _SPLITS else parts)
        item = matcher.find(stem)
        if isinstance(item, str):
            yield Problem(path.name, item)
        elif item is None:
            yield Stranger(path.name)
        else:
            read = partial(_yolo_ids, path, project.image_path(item.id), numbers, classes)
            yield FoundMask(path.name, item, read)


def find_labelme(project: Project, source: Path, classes: SourceClasses) -> Iterator[Found]:
    """`<name>.json` with polygons, rectangles, circles and masks."""
    matcher = Matcher(project)
    for path in _files(source, "*.json"):
        try:
            content = read_json(path)
            if "shapes" not in content:
                continue
            labels = [str(shape["label"]) for shape in content["shapes"]]
            numbers = {name: classes.number_of(name) for name in labels}
        except LabelImportError as error:
            yield Problem(path.name, str(error))
            continue
        except (KeyError, TypeError, ValueError) as error:
            yield Problem(path.name, f"{path.name} is not a labelme file ({_told(error)}).")
            continue
        stem = path.with_suffix("").name
        if source.is_dir():
            stem = str(PurePosixPath(path.relative_to(source).with_suffix("").as_posix()))
        image = str(content.get("imagePath") or "").replace("\\", "/")
        read = partial(_labelme_ids, path, content, numbers)
        named = list(matcher.found(path.name, _beside(stem, image), read))
        is_found = not isinstance(named[0], Stranger)
        yield from named if is_found else matcher.found(path.name, stem, read)


_SPLITS = ("train", "val", "valid", "test")


def _beside(stem: str, image: str) -> str:
    """The image named in a file, seen from the folder of that file."""
    return str(PurePosixPath(stem).parent / PurePosixPath(image).name) if image else stem


def _coco_ids(name: str, image: Any, annotations: list[Any], numbers: dict[int, int]) -> Ids:
    def draw() -> Ids:
        size = _checked(int(image["height"]), int(image["width"]))
        return coco_labels(annotations, size, numbers)

    return _drawn(name, draw)


def coco_labels(annotations: Iterable[Any], size: Size, numbers: Mapping[int, int]) -> Ids:
    """The annotations of one image as (H, W) = `size` uint8 numbers, later ones on top."""
    ids = np.full(size, UNLABELLED, np.uint8)
    for annotation in annotations:
        mask = _coco_mask(annotation["segmentation"], size)
        ids[mask] = numbers[int(annotation["category_id"])]
    return ids


def _coco_mask(segmentation: Any, size: Size) -> NDArray[np.bool_]:
    if isinstance(segmentation, list):
        mask = np.zeros(size, np.bool_)
        for polygon in segmentation:
            mask |= fill([_ring(polygon)], size)
        return mask
    if (int(segmentation["size"][0]), int(segmentation["size"][1])) != size:
        raise ValueError("a mask has another size than its image")
    counts = segmentation["counts"]
    return mask_of(unpacked(counts) if isinstance(counts, str) else counts, size)


def _yolo_ids(path: Path, image: Path, numbers: dict[int, int], classes: SourceClasses) -> Ids:
    def number_of(number: int) -> int:
        named = numbers.get(number)
        return classes.number_of(f"class {number}") if named is None else named

    def draw() -> Ids:
        width, height = image_size(image)
        return yolo_labels(path.read_text("utf-8"), (height, width), number_of)

    return _drawn(path.name, draw)


def yolo_labels(text: str, size: Size, number_of: Callable[[int], int]) -> Ids:
    """The lines of one label file as (H, W) = `size` uint8 numbers, later ones on top.

    Raises `ValueError` for lines that are no outlines.
    """
    height, width = size
    ids = np.full(size, UNLABELLED, np.uint8)
    for line in text.splitlines():
        number, *points = line.split()
        if len(points) < 6:
            raise ValueError("a line has fewer than three points; boxes are no masks")
        ring = _ring([float(value) for value in points]) * (width, height)
        if int(number) < 0:
            raise ValueError(f"{number} is no class number")
        ids[fill([ring], size)] = number_of(int(number))
    return ids


def _labelme_ids(path: Path, content: Any, numbers: dict[str, int]) -> Ids:
    return _drawn(path.name, lambda: labelme_labels(content, numbers))


def labelme_labels(content: Any, numbers: Mapping[str, int]) -> Ids:
    """The shapes of one file as (H, W) uint8 numbers, later ones on top."""
    size = _checked(int(content["imageHeight"]), int(content["imageWidth"]))
    ids = np.full(size, UNLABELLED, np.uint8)
    for shape in content["shapes"]:
        ids[_labelme_mask(shape, size)] = numbers[str(shape["label"])]
    return ids


def _labelme_mask(shape: Any, size: Size) -> NDArray[np.bool_]:
    points = np.asarray(shape["points"], np.float64).reshape(-1, 2)
    kind = shape.get("shape_type", "polygon")
    if kind == "mask":
        data = np.frombuffer(base64.b64decode(shape["mask"]), np.uint8)
        crop = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        x, y = (int(value) for value in points[0])
        if crop is None or x < 0 or y < 0:
            raise ValueError("a mask is damaged")
        mask = np.zeros(size, np.bool_)
        target = mask[y : y + crop.shape[0], x : x + crop.shape[1]]
        target[:] = np.asarray(crop)[: target.shape[0], : target.shape[1]] > 0
        return mask
    if kind == "polygon":
        return fill([points], size)
    if kind == "rectangle":
        (x0, y0), (x1, y1) = points
        return fill([np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])], size)
    if kind == "circle":
        angles = np.linspace(0, 2 * np.pi, 128, endpoint=False)
        radius = float(np.hypot(*(points[1] - points[0])))
        return fill([points[0] + radius * np.stack([np.cos(angles), np.sin(angles)], 1)], size)
    raise ValueError(f"shapes of the kind {kind} are no regions")


def _drawn(name: str, draw: Callable[[], Ids]) -> Ids:
    """Files of others hold anything: what is wrong becomes a sentence."""
    try:
        return draw()
    except DocumentError:
        raise
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        OverflowError,
        OSError,
        cv2.error,
    ) as error:
        raise LabelImportError(f"The labels of {name} are damaged ({_told(error)}).") from error


def _checked(height: int, width: int) -> Size:
    if not (height > 0 and width > 0 and height * width <= pixel_limit()):
        raise ValueError(f"a size of {width} x {height} is not possible")
    return height, width


def _ring(numbers: Any) -> Ring:
    ring = np.asarray(numbers, np.float64).reshape(-1, 2)
    if not np.isfinite(ring).all():
        raise ValueError("a point is not a number")
    return ring


def _files(source: Path, pattern: str) -> list[Path]:
    return [source] if source.is_file() else sorted(source.rglob(pattern))


def yolo_names(source: Path) -> dict[int, str]:
    """The `names:` of data.yaml as YOLO's programs write them: a block of lines, or a list."""
    try:
        text = (source / "data.yaml").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    flow = re.search(r"^names:\s*\[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    if flow:
        return {
            i: _unquoted(part) for i, part in enumerate(flow.group(1).split(",")) if part.strip()
        }
    block = re.search(r"^names:[ \t]*\n((?:[ \t]*(?:-|\d+:).*\n?)+)", text, re.MULTILINE)
    lines = block.group(1).splitlines() if block else []
    names: dict[int, str] = {}
    for index, line in enumerate(lines):
        number, _, name = line.strip().partition("-" if line.strip().startswith("-") else ":")
        names[int(number) if number else index] = _unquoted(name)
    return names


def _unquoted(text: str) -> str:
    text = text.strip()
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return text.strip('"')
    return text.strip("'")


def _told(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error).splitlines()[0]
