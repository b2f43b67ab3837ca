"""The class table of a project, in memory and on the disk."""

from __future__ import annotations

import sqlite3

from app.document.cells import Cells
from app.document.classes import DEFAULT, ClassTable, LabelClass
from app.document.errors import ProjectError, SealBroken
from app.document.facts import Write


class ClassStore:
    """Kept in memory, and written through `write`. A project without classes has the default."""

    def __init__(self, reader: sqlite3.Connection, write: Write, cells: Cells) -> None:
        """Raises `ProjectError` when an encrypted name was changed."""
        self._write = write
        self._cells = cells
        rows = reader.execute("SELECT id, name, red, green, blue FROM classes").fetchall()
        self.table = (
            ClassTable(
                LabelClass(key, self._name_of(key, name), (r, g, b)) for key, name, r, g, b in rows
            )
            or DEFAULT
        )

    def replace(self, table: ClassTable) -> None:
        """Replace the whole table. Raises `ProjectReadOnly`."""
        seal = self._cells.seal
        rows = [(c.id, seal("classes", "name", c.name, id=c.id), *c.colour) for c in table]

        def write(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM classes")
            db.executemany("INSERT INTO classes VALUES (?, ?, ?, ?, ?)", rows)

        self._write(write)
        self.table = table

    def _name_of(self, key: int, stored: object) -> str:
        try:
            return str(self._cells.open("classes", "name", stored, id=key))
        except SealBroken as error:
            raise ProjectError(f"The name of class {key} {error}: restore a backup.") from error
