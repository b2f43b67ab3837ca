"""The values of the database that say something about the work: sealed in an encrypted project."""

from __future__ import annotations

from typing import Any

from app.document.errors import SealBroken
from app.document.vault import Vault

SEALED = {
    "classes": {"name": "classes/{id}"},
    "log": {
        "name": "log/{id}/{image_id}/{operation}/name",
        "tiles": "log/{id}/{image_id}/{operation}/tiles",
    },
    "scores": {"scores": "scores/{image_id}/{version}"},
    "versions": {"details": "versions/{name}"},
    "settings": {"value": "settings/{key}"},
}
"""By table and column, what a value is bound to: other columns of its row, all of them plain."""


class Cells:
    """Seals and opens single values; without a vault they stay what they are. Any thread."""

    def __init__(self, vault: Vault | None = None) -> None:
        self._vault = vault

    def seal(self, table: str, column: str, value: str | bytes | None, **row: object) -> Any:
        """What to store of a text, bytes or None; `row` holds what the value is bound to."""
        if self._vault is None or value is None:
            return value
        data = b"t" + value.encode() if isinstance(value, str) else b"b" + value
        return self._vault.seal(data, SEALED[table][column].format(**row))

    def open(self, table: str, column: str, stored: Any, **row: object) -> Any:
        """The opposite of `seal`. Raises `SealBroken`."""
        if self._vault is None or stored is None:
            return stored
        if not isinstance(stored, bytes):
            raise SealBroken(f"A value in {table} is not encrypted, though its project is.")
        data = self._vault.open(stored, SEALED[table][column].format(**row))
        return data[1:].decode() if data[:1] == b"t" else data[1:]
