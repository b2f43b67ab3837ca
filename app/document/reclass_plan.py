"""One change of the classes of all images as the project remembers it: there, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED, ClassTable, LabelClass

Ids = NDArray[np.uint8]
"""(256,): the new number of each; 255: it has none."""


@dataclass(frozen=True)
class ReclassPlan:
    """From the table `before` to `after`; `mapping` holds the ids that change (255: unlabelled).

    `created` is the time stamp of its edits, `images` those that had labels. `taken_back` is the
    time stamp of the way back, once that was begun: `back` are the ids there, `back_to` the table,
    and `was_done` tells whether every image had the change.
    """

    created: float
    name: str
    mapping: Mapping[int, int]
    images: tuple[int, ...]
    before: ClassTable
    after: ClassTable
    is_done: bool = False
    taken_back: float | None = None
    back: Mapping[int, int] | None = None
    back_to: ClassTable | None = None
    was_done: bool = True

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> ReclassPlan:
        """The opposite of `plain`; also what an earlier program wrote."""
        back_to = plain.get("back_to")
        return cls(
            float(plain["created"]),
            str(plain["name"]),
            dict(plain["mapping"]),
            tuple(plain["images"]),
            _table(plain["before"]),
            _table(plain["after"]),
            bool(plain["is_done"]),
            plain.get("taken_back"),
            None if plain.get("back") is None else dict(plain["back"]),
            None if back_to is None else _table(back_to),
            bool(plain.get("was_done", True)),
        )

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "created": self.created,
            "name": self.name,
            "mapping": sorted(self.mapping.items()),
            "images": list(self.images),
            "before": _plain(self.before),
            "after": _plain(self.after),
            "is_done": self.is_done,
            "taken_back": self.taken_back,
            "back": None if self.back is None else sorted(self.back.items()),
            "back_to": None if self.back_to is None else _plain(self.back_to),
            "was_done": self.was_done,
        }

    def with_way_back(self, table: ClassTable, when: float) -> ReclassPlan:
        """Begin the way back from the classes of now: those that were added since stay."""
        back, back_to = {new: old for old, new in self._kept().items()}, self.before
        for item in table:
            if not self.after.has(item.id):
                is_taken = back_to.by_name(item.name) is not None
                name = f"class {item.id}" if is_taken else item.name
                number = None if back_to.has(item.id) else item.id
                back_to = back_to.with_added(name, item.colour, class_id=number)
                added = back_to.by_name(name)
                assert added is not None
                back[item.id] = added.id
        return replace(
            self,
            taken_back=when,
            back=back,
            back_to=back_to,
            was_done=self.is_done,
            is_done=False,
        )

    def can_redo(self, table: ClassTable) -> bool:
        """Whether it was taken back, and the classes are still those that it began with."""
        return self.taken_back is not None and self.is_done and table == self.before

    def label_ids(self) -> Ids:
        """What the labels become: 255 only where a class is deleted."""
        ids = np.arange(256, dtype=np.uint8)
        for old, new in self.mapping.items():
            ids[old] = new
        return ids

    def label_ids_back(self) -> Ids:
        """What labels become on the way back that were painted since; a merge stays merged."""
        ids = np.arange(256, dtype=np.uint8)
        for new, old in (self.back or {}).items():
            ids[new] = old
        return ids

    def prediction_ids(self) -> Ids:
        """What predictions become: 255 where a class is deleted, or was none."""
        return _ids({item.id: self.mapping.get(item.id, item.id) for item in self.before})

    def prediction_ids_back(self) -> Ids:
        """What predictions become on the way back: 255 also where classes were merged."""
        targets = [self.mapping.get(item.id, item.id) for item in self.before]
        back = self.back or {}
        return _ids({new: old for new, old in back.items() if targets.count(new) < 2})

    def model_ids(self) -> tuple[int, ...]:
        """The new number of each class of a model, there or back; -1: it is dropped.

        Of classes that are merged the one goes on that the others went into.
        """
        ids = self._kept() if self.back is None else self.back
        return tuple(ids.get(number, -1) for number in range(max(ids) + 1))

    def class_now(self, class_id: int) -> int:
        """What a class has become, there or back; 255: it was deleted."""
        ids = self.label_ids() if self.taken_back is None else self.label_ids_back()
        return int(ids[class_id])

    def _kept(self) -> dict[int, int]:
        """The new number of each class that stays one."""
        into: dict[int, list[LabelClass]] = {}
        for item in self.before:
            into.setdefault(self.mapping.get(item.id, item.id), []).append(item)
        kept = {}
        for new, items in into.items():
            if new != UNLABELLED:
                name = self.after.by_id(new).name
                # The one that others went into keeps its name, or its number.
                items.sort(key=lambda item: (item.name != name, item.id != new))
                kept[items[0].id] = new
        return kept


def _ids(pairs: Mapping[int, int]) -> Ids:
    ids = np.full(256, UNLABELLED, np.uint8)
    for old, new in pairs.items():
        ids[old] = new
    return ids


def _plain(table: ClassTable) -> list[list[object]]:
    return [[item.id, item.name, list(item.colour)] for item in table]


def _table(plain: Iterable[Any]) -> ClassTable:
    return ClassTable(
        LabelClass(class_id, name, (red, green, blue))
        for class_id, name, (red, green, blue) in plain
    )
