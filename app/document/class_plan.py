"""A wished class table: names, colours, order, and which classes are merged or deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.document.classes import UNLABELLED, ClassTable, Colour, LabelClass
from app.document.errors import ClassError
from app.document.reclass import ClassCounts

DELETED = UNLABELLED


@dataclass(frozen=True)
class ClassTotals:
    """How many images hold each set of classes, and how many pixels each class has in all."""

    images: Mapping[frozenset[int], int]
    pixels: Mapping[int, int]

    @classmethod
    def of(cls, counts: Iterable[ClassCounts]) -> ClassTotals:
        """Sum up: afterwards no question grows with the number of images."""
        images: Counter[frozenset[int]] = Counter()
        pixels: Counter[int] = Counter()
        for count in counts:
            images[frozenset(count.pixels)] += 1
            pixels.update(count.pixels)
        return cls(images, pixels)

    def images_with(self, classes: Iterable[int]) -> int:
        """How many images hold any of these classes."""
        wanted = frozenset(classes)
        return sum(count for held, count in self.images.items() if held & wanted)


@dataclass(frozen=True)
class PlannedClass:
    """A class of the project, by its id of now, and what is wished for it.

    `becomes` is its own id when it stays, the id of the class that takes its pixels, or `DELETED`.
    """

    id: int
    name: str
    colour: Colour
    becomes: int

    @property
    def stays(self) -> bool:
        """Whether it is a class afterwards."""
        return self.becomes == self.id


@dataclass(frozen=True)
class ClassPlan:
    """The wishes in the wished order. Classes that stay share out the ids they have now."""

    rows: tuple[PlannedClass, ...]

    @classmethod
    def of(cls, table: ClassTable) -> ClassPlan:
        """The plan that changes nothing."""
        return cls(tuple(PlannedClass(c.id, c.name, c.colour, c.id) for c in table))

    def table(self) -> ClassTable:
        """The classes afterwards. Raises `ClassError` for names that repeat or are blank, and where
        `mapping` does.
        """
        self.mapping()
        new_ids = self._new_ids()
        return ClassTable(
            LabelClass(new_ids[row.id], row.name.strip(), row.colour)
            for row in self.rows
            if row.stays
        )

    def mapping(self) -> dict[int, int]:
        """The new id of each id that changes; 255: unlabelled. A merge goes where its target goes.

        Raises `ClassError` when that is nowhere: classes go into each other, or into a deleted one.
        """
        new_ids = {**self._new_ids(), DELETED: UNLABELLED}
        targets = {row.id: new_ids[self._end_of(row)] for row in self.rows}
        return {source: target for source, target in targets.items() if source != target}

    def effect(self, totals: ClassTotals) -> tuple[int, int]:
        """How many images and pixels it would change."""
        mapping = self.mapping()
        pixels = sum(totals.pixels.get(source, 0) for source in mapping)
        return totals.images_with(mapping), pixels

    def _end_of(self, row: PlannedClass) -> int:
        """The id of now of the class that takes the pixels in the end, or `DELETED`."""
        rows = {other.id: other for other in self.rows}
        passed = [row]
        while not passed[-1].stays and passed[-1].becomes != DELETED:
            passed.append(rows[passed[-1].becomes])
            if len(passed) > len(rows):
                into = rows[row.becomes].name
                raise ClassError(f"{row.name} goes into {into}, and comes back: let one stay.")
        if len(passed) > 1 and passed[-1].becomes == DELETED:
            end = passed[-1].name
            raise ClassError(f"{row.name} goes into {end}, which is deleted: let one stay.")
        return passed[-1].becomes

    def _new_ids(self) -> dict[int, int]:
        kept = [row.id for row in self.rows if row.stays]
        return dict(zip(kept, sorted(kept), strict=True))
