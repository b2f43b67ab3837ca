"""Deal pictures out for training, validation and testing: the same way every time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.document.export.frame import Picture, Split
from app.document.grouping import group_of

PARTS = {"train": "training", "val": "validation", "test": "testing"}
"""What each part of a split is for; the first that get a group of few."""


def dealt(pictures: Iterable[Picture], split: Split) -> list[Picture]:
    """The pictures with their `split` set. Raises `ExportError` for a bad group expression.

    Groups are ordered by a checksum of seed and name, so that a new picture moves few others.
    Each part that is wished for gets a group when there are enough.
    """
    pictures = list(pictures)
    groups: dict[str, list[str]] = {}
    for picture in pictures:
        groups.setdefault(group_of(picture.name, split.group), []).append(picture.name)
    order = sorted(groups, key=lambda group: _checksum(split.seed, group))
    wanted = {part: share * len(pictures) for part, share in _shares(split).items()}
    where: dict[str, str] = {}
    used = dict.fromkeys(wanted, 0)
    for group in order:
        size = len(groups[group])
        # Half a group over is nearer to the wish than half a group under.
        part = next((p for p in ("test", "val") if used[p] + size / 2 <= wanted[p]), "train")
        used[part] += size
        where[group] = part
    for part in (part for part in PARTS if wanted[part] > 0 and not used[part]):
        _give_one(part, wanted[part], where, {group: len(groups[group]) for group in order})
    return [replace(p, split=where[group_of(p.name, split.group)]) for p in pictures]


def unmet(pictures: Sequence[Picture], split: Split) -> str | None:
    """A sentence when the parts are far from what was wished for, as they can be with few groups.

    `pictures` are dealt. Far is none at all, or a tenth of all images more or less than wished.
    """
    told = []
    for part, share in _shares(split).items():
        count = sum(picture.split == part for picture in pictures)
        if share > 0 and not count:
            told.append(f"no image is for {PARTS[part]}")
        elif abs(count - share * len(pictures)) > max(1, 0.1 * len(pictures)):
            reached = round(100 * count / len(pictures))
            told.append(f"{reached} % are for {PARTS[part]}, not {round(100 * share)} %")
    if not told or not pictures:
        return None
    groups = len({group_of(picture.name, split.group) for picture in pictures})
    together = " (images of one group stay together)" if split.group else ""
    noun = ("group" if split.group else "image") + ("s" if groups > 1 else "")
    return f"The split cannot be met with {groups} {noun}{together}: {', '.join(told)}."


def _shares(split: Split) -> dict[str, float]:
    rest = max(0.0, round(1 - split.validation - split.test, 9))
    return {"train": rest, "val": split.validation, "test": split.test}


def _give_one(part: str, wanted: float, where: dict[str, str], sizes: dict[str, int]) -> None:
    """Move the group whose size comes nearest out of a part that has more than one.

    When none has, training comes before validation and that before testing.
    """
    held, rank = Counter(where.values()), list(PARTS).index
    spare = [group for group in sizes if held[where[group]] > 1]
    spare = spare or [group for group in sizes if rank(where[group]) > rank(part)]
    if spare:
        where[min(spare, key=lambda group: abs(sizes[group] - wanted))] = part


def _checksum(seed: int, group: str) -> str:
    return hashlib.sha1(f"{seed}/{group}".encode()).hexdigest()
