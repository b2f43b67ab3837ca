"""Checks of files that are no pictures: each is parsed and drawn again, and compared."""

from __future__ import annotations

import csv
import importlib.util
import json
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from app.document.classes import UNLABELLED
from app.document.export.frame import Picture, Pixels
from app.document.export.geotiff import geo_tags
from app.document.export.objects import object_classes_of
from app.document.export.record import ExportRecord
from app.document.importing.objects import coco_labels, labelme_labels, yolo_labels

Look = Callable[[Picture, Pixels], str | None]
"""What is wrong with a picture in a sentence, or None. May raise what damaged files raise."""


def has_pycocotools() -> bool:
    """Whether COCO's own tools are installed."""
    return importlib.util.find_spec("pycocotools") is not None


def expected_objects(record: ExportRecord, labels: Pixels) -> Pixels:
    """The labels without what is no object in these formats."""
    kept = [item.id for item in object_classes_of(record.classes, record.options)]
    return np.where(np.isin(labels, kept), labels, UNLABELLED).astype(np.uint8)


def _coco(record: ExportRecord, folder: Path) -> Look:
    @cache
    def content(split: str) -> tuple[dict[str, Any], dict[int, list[Any]], dict[int, int]]:
        """Images by name, annotations by image, and the categories; one file a split."""
        parsed = _json(folder / f"annotations/instances_{split}.json")
        by_image: dict[int, list[Any]] = {}
        for one in parsed["annotations"]:
            by_image.setdefault(one["image_id"], []).append(one)
        images = {one["file_name"]: one for one in parsed["images"]}
        return images, by_image, {entry["id"]: entry["id"] for entry in parsed["categories"]}

    def look(picture: Picture, labels: Pixels) -> str | None:
        images, by_image, numbers = content(picture.split)
        image = images[f"{picture.stem}{picture.suffix}"]
        size = (int(image["height"]), int(image["width"]))
        mine = by_image.get(image["id"], [])
        found = (
            _drawn_by_coco(mine, size) if has_pycocotools() else coco_labels(mine, size, numbers)
        )
        name = f"instances_{picture.split}.json"
        areas: Counter[int] = Counter()
        for one in mine:
            areas[one["category_id"]] += int(one["area"])
        return _difference(record, found, labels, name) or _other_areas(record, areas, labels, name)

    return look


def _drawn_by_coco(annotations: list[Any], size: tuple[int, int]) -> Pixels:
    from pycocotools import mask as coco_mask

    height, width = size
    ids = np.full(size, UNLABELLED, np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pycocotools has not followed NumPy 2.
        for one in annotations:
            outline = one["segmentation"]
            if isinstance(outline, list):
                outline = coco_mask.merge(coco_mask.frPyObjects(outline, height, width))
            ids[coco_mask.decode(outline).astype(bool)] = one["category_id"]
    return ids


def _yolo(record: ExportRecord, folder: Path) -> Look:
    classes = object_classes_of(record.classes, record.options)

    def look(picture: Picture, labels: Pixels) -> str | None:
        name = f"labels/{picture.split}/{picture.stem}.txt"
        text = (folder / name).read_text("utf-8")
        size = (picture.height, picture.width)
        found = yolo_labels(text, size, lambda number: classes[number].id)
        return _difference(record, found, labels, name)

    return look


def _labelme(record: ExportRecord, folder: Path) -> Look:
    numbers = {item.name: item.id for item in record.classes}

    def look(picture: Picture, labels: Pixels) -> str | None:
        name = f"{picture.stem}.json"
        found = labelme_labels(_json(folder / name), numbers)
        return _difference(record, found, labels, name)

    return look


def _npz(record: ExportRecord, folder: Path) -> Look:
    ids = [item.id for item in record.classes]

    def look(picture: Picture, labels: Pixels) -> str | None:
        name = f"{picture.stem}.npz"
        with np.load(folder / name, allow_pickle=False) as arrays:
            is_same = np.array_equal(arrays["labels"], labels) and arrays["ids"].tolist() == ids
            if is_same and record.options.one_hot:
                layers = zip(ids, arrays["one_hot"], strict=True)
                is_same = all(np.array_equal(layer, labels == number) for number, layer in layers)
        return None if is_same else f"{name} has other values than in the project."

    return look


def _table(record: ExportRecord, folder: Path) -> Look:
    @cache
    def areas() -> dict[str, Counter[int]]:
        found: dict[str, Counter[int]] = {}
        with (folder / "objects.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                mine = found.setdefault(row["image"], Counter())
                mine[int(row["class_id"])] += int(row["area_px"])
        return found

    def look(picture: Picture, labels: Pixels) -> str | None:
        mine = areas().get(picture.name, Counter())
        return _other_areas(record, mine, labels, f"objects.csv for {picture.name}")

    return look


def _tiff(record: ExportRecord, folder: Path) -> Look:
    """The geographic tags; the pixels are looked at as pictures."""

    def look(picture: Picture, labels: Pixels) -> str | None:
        name = f"{picture.stem}.tif"
        wanted = {code: value for code, _, _, value, _ in geo_tags(picture)}
        written = replace(picture, path=folder / name, is_upright=True)
        found = {code: value for code, _, _, value, _ in geo_tags(written)}
        return None if found == wanted else f"{name} lies elsewhere on the earth than its image."

    return look


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _other_areas(
    record: ExportRecord, areas: Counter[int], labels: Pixels, name: str
) -> str | None:
    counts = np.bincount(labels.ravel(), minlength=256)
    for item in object_classes_of(record.classes, record.options):
        if areas[item.id] != counts[item.id]:
            return f"{name} gives {item.name} another area than in the project."
    return None


def _difference(record: ExportRecord, found: Pixels, labels: Pixels, name: str) -> str | None:
    if found.shape != labels.shape:
        return f"{name} is {found.shape[1]} x {found.shape[0]}, not as its image."
    count = int(np.count_nonzero(found != expected_objects(record, labels)))
    return f"{name} gives {count} other pixels than in the project." if count else None


REPARSED: dict[str, Callable[[ExportRecord, Path], Look]] = {
    "coco": _coco,
    "yolo": _yolo,
    "labelme": _labelme,
    "npz": _npz,
    "table": _table,
    "tiff": _tiff,
}
