"""Checks of what belongs to a whole export: tables of classes, and lists of images."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.document.export.datasets import VocWriter
from app.document.export.objects import object_classes_of
from app.document.export.record import ExportRecord
from app.document.importing.class_files import class_names, colour_names
from app.document.importing.objects import yolo_names

TableCheck = Callable[[ExportRecord, Path], str | None]
"""A problem in a sentence, or None. May raise what reading a damaged file raises."""

_WRONG = "{name} does not list the classes of the project."


def _classes_json(record: ExportRecord, folder: Path) -> str | None:
    content = _json(folder / "classes.json")
    found = {
        int(entry["id"]): (entry["name"], tuple(entry["colour"])) for entry in content["classes"]
    }
    expected = {item.id: (item.name, item.colour) for item in record.classes}
    return None if found == expected else _WRONG.format(name="classes.json")


def _voc_classes(record: ExportRecord, folder: Path) -> str | None:
    return _classes_json(record, folder / VocWriter.root)


def _labelmap(record: ExportRecord, folder: Path) -> str | None:
    (folder / "labelmap.txt").stat()
    found = dict(colour_names(folder))
    found.pop("unlabelled", None)
    expected = {item.name: item.colour for item in record.classes if item.name != "unlabelled"}
    return None if found == expected else _WRONG.format(name="labelmap.txt")


def _id2label(record: ExportRecord, folder: Path) -> str | None:
    (folder / "id2label.json").stat()
    found = {number: name for number, (name, _) in class_names(folder).items()}
    expected = {item.id: item.name for item in record.classes}
    return None if found == expected else _WRONG.format(name="id2label.json")


def _mmseg_classes(record: ExportRecord, folder: Path) -> str | None:
    """`METAINFO` of dataset.py as it stands there; the file is not run."""
    tree = ast.parse((folder / "dataset.py").read_text("utf-8"))
    (info,) = (
        ast.literal_eval(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "METAINFO"
    )
    named = all(info["classes"][item.id] == item.name for item in record.classes)
    coloured = all(tuple(info["palette"][item.id]) == item.colour for item in record.classes)
    return None if named and coloured else _WRONG.format(name="dataset.py")


def _yolo_classes(record: ExportRecord, folder: Path) -> str | None:
    (folder / "data.yaml").stat()
    expected = [item.name for item in object_classes_of(record.classes, record.options)]
    found = yolo_names(folder)
    return None if found == dict(enumerate(expected)) else _WRONG.format(name="data.yaml")


def _labelme_classes(record: ExportRecord, folder: Path) -> str | None:
    found = (folder / "labels.txt").read_text("utf-8").split("\n")[1:-1]
    expected = [item.name for item in record.classes]
    return None if found == expected else _WRONG.format(name="labels.txt")


def _coco_classes(record: ExportRecord, folder: Path) -> str | None:
    expected = {item.id: item.name for item in object_classes_of(record.classes, record.options)}
    for split in {picture.split for picture in record.pictures}:
        content = _json(folder / f"annotations/instances_{split}.json")
        found = {entry["id"]: entry["name"] for entry in content["categories"]}
        if found != expected:
            return _WRONG.format(name=f"instances_{split}.json")
    return None


def _voc_lists(root: str) -> TableCheck:
    def check(record: ExportRecord, folder: Path) -> str | None:
        for split in ("train", "val", "test"):
            path = folder / root / f"ImageSets/Segmentation/{split}.txt"
            found = Counter(path.read_text("utf-8").splitlines())
            if found != Counter(picture.stem for picture in record.in_split(split)):
                return f"{split}.txt does not list the images of its part."
        return None

    return check


def _metadata(record: ExportRecord, folder: Path) -> str | None:
    for split in {picture.split for picture in record.pictures}:
        lines = (folder / split / "metadata.jsonl").read_text("utf-8").splitlines()
        entries = [json.loads(line) for line in lines]
        if len(entries) != len(record.in_split(split)):
            return f"metadata.jsonl does not list the images of {split}."
        for entry in entries:
            for key in ("file_name", "mask_file_name"):
                (folder / split / entry[key]).stat()
    return None


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


_CLASSES = (("classes.json", _classes_json),)

TABLES: dict[str, tuple[tuple[str, TableCheck], ...]] = {
    **dict.fromkeys(("ids", "voc", "colours", "tiff", "npz", "table", "cityscapes"), _CLASSES),
    "ids16": _CLASSES,
    "voc-dataset": (("classes.json", _voc_classes), ("lists", _voc_lists(VocWriter.root))),
    "cvat": (("labelmap.txt", _labelmap), ("lists", _voc_lists(""))),
    "mmseg": (("dataset.py", _mmseg_classes),),
    "huggingface": (("id2label.json", _id2label), ("metadata.jsonl", _metadata)),
    "coco": (("categories", _coco_classes),),
    "yolo": (("data.yaml", _yolo_classes),),
    "labelme": (("labels.txt", _labelme_classes),),
}
"""By format: the name to show, and the check."""
