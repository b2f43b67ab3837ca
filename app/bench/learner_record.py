"""The sessions of `bench learner` in a file, each as it ends: a call that was stopped goes on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.bench.frame import CannotMeasure
from app.document.files import write_aside
from segmodels.simulation import Lesson


@dataclass(frozen=True)
class Row:
    """One session: a way of learning, a pack, the seed of its images and strokes."""

    way: str
    pack: str
    seed: int


class Record:
    """The lessons of the sessions that have ended. `size` is how much a session is: rows of
    another size are not comparable, and a file that holds such is refused with CannotMeasure.

    Without a file they are kept in memory only.
    """

    def __init__(self, file: Path | None, size: dict[str, Any]) -> None:
        self._file = file
        self._size = size
        self._rows: dict[Row, list[Lesson]] = {}
        if file is not None and file.exists():
            self._rows = self._read(file)

    def __contains__(self, row: Row) -> bool:
        return row in self._rows

    def get(self, row: Row) -> list[Lesson] | None:
        """The lessons of a session, None if it has not ended."""
        return self._rows.get(row)

    def put(self, row: Row, lessons: list[Lesson]) -> None:
        """Keep a session, in the file too."""
        self._rows[row] = lessons
        if self._file is None:
            return
        sessions = [
            {**asdict(row), "lessons": [asdict(lesson) for lesson in lessons]}
            for row, lessons in self._rows.items()
        ]
        content = {"size": self._size, "sessions": sessions}
        write_aside(self._file, json.dumps(content, indent=1).encode())

    def _read(self, file: Path) -> dict[Row, list[Lesson]]:
        try:
            content = json.loads(file.read_text("utf-8"))
            rows = {
                Row(item["way"], item["pack"], item["seed"]): [
                    Lesson(**lesson) for lesson in item["lessons"]
                ]
                for item in content["sessions"]
            }
            is_same = content["size"] == self._size
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CannotMeasure(f"{file} cannot be read: remove it, or name another.") from error
        if not is_same:
            raise CannotMeasure(f"{file} holds sessions of another size: name another file.")
        return rows
