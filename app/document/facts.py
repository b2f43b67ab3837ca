"""The small things that a project remembers: scores, model versions and settings."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.document.cells import Cells
from app.document.errors import ProjectError, SealBroken

Write = Callable[[Callable[[sqlite3.Connection], object]], None]

RECLASS_PLAN = "last_reclass"
"""The setting that holds the last change of the classes of all images; see `reclass`."""
_CURRENT = "current_version"


@dataclass(frozen=True)
class ImageScore:
    """The honest score of an image: the prediction of `version` against the finished labels."""

    image_id: int
    version: str
    created: float
    scores: dict[str, Any]


@dataclass(frozen=True)
class ModelVersion:
    """A published model; its files are in `models/<name>/`."""

    name: str
    created: float
    details: dict[str, Any]
    is_current: bool


class Facts:
    """Kept in memory, and written through `write`. What is stored must be plain JSON."""

    def __init__(
        self, reader: sqlite3.Connection, write: Write, cells: Cells | None = None
    ) -> None:
        """Raises `ProjectError` when an encrypted value was changed."""
        self._write = write
        self._cells = cells = cells or Cells()
        try:
            self._settings = {
                key: json.loads(cells.open("settings", "value", value, key=key))
                for key, value in _rows(reader, "settings")
            }
            self._versions = {
                name: (created, json.loads(cells.open("versions", "details", details, name=name)))
                for name, created, details in _rows(reader, "versions")
            }
            self.scores = tuple(
                ImageScore(
                    image, version, created, json.loads(self._open_scores(image, version, s))
                )
                for _, image, version, created, s in _rows(reader, "scores")
            )
        except SealBroken as error:
            raise ProjectError(f"A value in project.db {error}: restore a backup.") from error

    def _open_scores(self, image_id: int, version: str, stored: Any) -> Any:
        return self._cells.open("scores", "scores", stored, image_id=image_id, version=version)

    def add_score(self, image_id: int, version: str, scores: dict[str, Any]) -> None:
        """Keep the score of one image."""
        text = json.dumps(scores)
        score = ImageScore(image_id, version, time.time(), json.loads(text))
        sealed = self._cells.seal("scores", "scores", text, image_id=image_id, version=version)
        row = (image_id, version, score.created, sealed)
        query = "INSERT INTO scores (image_id, version, created, scores) VALUES (?, ?, ?, ?)"
        self._write(lambda db: db.execute(query, row))
        self.scores = (*self.scores, score)

    def add_version(self, name: str, details: dict[str, Any], *, is_current: bool) -> None:
        """List a model, and make it the current one."""
        text = json.dumps(details)
        row = (name, time.time(), self._cells.seal("versions", "details", text, name=name))
        self._write(lambda db: db.execute("INSERT OR REPLACE INTO versions VALUES (?, ?, ?)", row))
        self._versions = {**self._versions, name: (row[1], json.loads(text))}
        if is_current:
            self.set_setting(_CURRENT, name)

    def change_version(self, name: str, details: dict[str, Any]) -> None:
        """Replace what is told of a version; its date stays. Raises `KeyError`."""
        created, _ = self._versions[name]
        text = json.dumps(details)
        query = "UPDATE versions SET details = ? WHERE name = ?"
        self._write(lambda db: db.execute(query, (text, name)))
        self._versions = {**self._versions, name: (created, json.loads(text))}

    def remove_version(self, name: str) -> None:
        """List a version no more."""
        self._write(lambda db: db.execute("DELETE FROM versions WHERE name = ?", (name,)))
        self._versions = {key: value for key, value in self._versions.items() if key != name}

    def versions(self) -> list[ModelVersion]:
        """The published models, oldest first."""
        return [
            ModelVersion(name, created, details, name == self.current_version)
            for name, (created, details) in self._versions.items()
        ]

    @property
    def current_version(self) -> str | None:
        """The name of the version in use, or None."""
        name = self.setting(_CURRENT, None)
        return None if name is None else str(name)

    def set_current_version(self, name: str | None) -> None:
        """Use this version from now on."""
        self.set_setting(_CURRENT, name)

    def setting(self, key: str, default: Any) -> Any:
        """A small value."""
        return self._settings.get(key, default)

    def set_setting(self, key: str, value: Any) -> None:
        """Keep a small value."""
        self.set_settings({key: value})

    def set_settings(self, values: Mapping[str, Any]) -> None:
        """Keep small values: all of them or, when the process is killed, none."""
        texts = {key: json.dumps(value) for key, value in values.items()}
        query = "INSERT OR REPLACE INTO settings VALUES (?, ?)"
        seal = self._cells.seal
        rows = [(key, seal("settings", "value", text, key=key)) for key, text in texts.items()]
        self._write(lambda db: db.executemany(query, rows))
        self._settings = {
            **self._settings,
            **{key: json.loads(text) for key, text in texts.items()},
        }


def _rows(reader: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return reader.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
