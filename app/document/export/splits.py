"""Deal pictures out for training, validation and testing: the same way every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from app.document.export.frame import Picture, Split
from app.document.grouping import group_of


def dealt(pictures: Iterable[Picture], split: Split) -> list[Picture]:
    """The pictures with their `split` set. Raises `ExportError` for a bad group expression.

    Groups are ordered by a checksum of seed and name, so that a new picture moves few others.
    """
    pictures = list(pictures)
    groups: dict[str, list[str]] = {}
    for picture in pictures:
        groups.setdefault(group_of(picture.name, split.group), []).append(picture.name)
    order = sorted(groups, key=lambda group: _checksum(split.seed, group))
    wanted = {"test": split.test * len(pictures), "val": split.validation * len(pictures)}
    where: dict[str, str] = {}
    used = dict.fromkeys(wanted, 0)
    for group in order:
        size = len(groups[group])
        # Half a group over is nearer to the wish than half a group under.
        part = next((p for p in wanted if used[p] + size / 2 <= wanted[p]), "train")
        if part != "train":
            used[part] += size
        where[group] = part
    return [replace(p, split=where[group_of(p.name, split.group)]) for p in pictures]


def _checksum(seed: int, group: str) -> str:
    return hashlib.sha1(f"{seed}/{group}".encode()).hexdigest()
