"""What the numbers of the classes meant when: a change of the classes in all images moves them.

Pixels and edits from before such a change tell other classes than the same numbers do now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CLASS_CHANGES = "class_changes"
"""The setting that holds `Numbering.plain`."""


@dataclass(frozen=True)
class Numbering:
    """The changes so far, oldest first: when each was made (seconds since 1970), and the meaning of
    the numbers from then on. Meaning 0 is the first; one that is taken back gives back its own.
    """

    changes: tuple[tuple[float, int], ...] = ()

    @classmethod
    def of(cls, plain: Iterable[Iterable[float]]) -> Numbering:
        """The opposite of `plain`."""
        return cls(tuple((float(when), int(meaning)) for when, meaning in plain))

    def plain(self) -> list[list[float]]:
        """As JSON."""
        return [[when, meaning] for when, meaning in self.changes]

    @property
    def number(self) -> int:
        """How many changes there were: what is made now carries this number."""
        return len(self.changes)

    def changed(self, when: float) -> Numbering:
        """The numbers mean something new from now on."""
        newest = max((meaning for _, meaning in self.changes), default=0)
        return Numbering((*self.changes, (when, newest + 1)))

    def taken_back(self, when: float) -> Numbering:
        """The numbers mean again what they did before the last change."""
        return Numbering((*self.changes, (when, self._meaning_before(len(self.changes) - 1))))

    def is_change(self, when: float) -> bool:
        """Whether an edit of this time is part of a change of all images."""
        return any(when == changed for changed, _ in self.changes)

    def is_valid(self, when: float) -> bool:
        """Whether the numbers meant then what they mean now."""
        count = sum(changed <= when for changed, _ in self.changes)
        return self._meaning_before(count) == self._meaning_before(len(self.changes))

    def _meaning_before(self, count: int) -> int:
        return self.changes[count - 1][1] if count > 0 else 0
