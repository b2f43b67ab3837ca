"""What the classes of a folder of masks are called: `classes.json`, CVAT's and CamVid's tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.document.classes import Colour


def class_names(folder: Path) -> Mapping[int, tuple[str, Colour | None]]:
    """Names and colours by id from a `classes.json` here or one folder up; {} when unusable.

    As `export` writes it, or with `names` in the order of ids.
    """
    for place in (folder, folder.parent):
        try:
            content: Any = json.loads((place / "classes.json").read_text("utf-8"))
            if "names" in content:
                return {number: (str(name), None) for number, name in enumerate(content["names"])}
            return {
                int(entry["id"]): (str(entry["name"]), _colour(entry.get("colour")))
                for entry in content["classes"]
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return _id2label(folder)


def colour_names(folder: Path) -> list[tuple[str, Colour]]:
    """Names and their colours from CVAT's `labelmap.txt` or a CSV of name, r, g, b; [] if none."""
    for place in (folder, folder.parent):
        found = _labelmap(place / "labelmap.txt") or _colour_csv(place)
        if found:
            return found
    return []


def is_void(name: str) -> bool:
    """Whether a class of this name says that nobody labelled the pixels."""
    return name.strip().casefold() in ("unlabelled", "unlabeled", "void", "ignore")


def _id2label(folder: Path) -> Mapping[int, tuple[str, Colour | None]]:
    """Hugging Face's `id2label.json`."""
    try:
        content: Any = json.loads((folder / "id2label.json").read_text("utf-8"))
        return {int(number): (str(name), None) for number, name in content.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _labelmap(path: Path) -> list[tuple[str, Colour]]:
    """CVAT's `name:R,G,B:parts:actions` lines."""
    found = []
    for line in _lines(path):
        name, *rest = line.rsplit(":", 3)
        if len(rest) == 3 and not line.startswith("#"):
            colour = _numbers(rest[0].split(","))
            if colour is not None:
                found.append((name, colour))
    return found


def _colour_csv(folder: Path) -> list[tuple[str, Colour]]:
    """The first CSV file with the columns name, r, g, b (CamVid's `class_dict.csv`)."""
    for path in sorted(folder.glob("*.csv")):
        rows = list(csv.reader(_lines(path)))
        if rows and [cell.strip().casefold() for cell in rows[0][:4]] == ["name", "r", "g", "b"]:
            named = [(row[0].strip(), _numbers(row[1:4])) for row in rows[1:] if len(row) >= 4]
            return [(name, colour) for name, colour in named if colour is not None]
    return []


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _numbers(texts: list[str]) -> Colour | None:
    # `isdecimal` also takes digits of other scripts; `int` reads them all the same.
    is_possible = len(texts) == 3 and all(t.strip().isdecimal() and len(t) < 9 for t in texts)
    return _colour([int(text) for text in texts]) if is_possible else None


def _colour(value: object) -> Colour | None:
    if not isinstance(value, list) or len(value) != 3:
        return None
    if not all(isinstance(channel, int) and 0 <= channel <= 255 for channel in value):
        return None
    red, green, blue = value
    return (red, green, blue)
