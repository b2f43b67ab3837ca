"""What an export has written, kept aside until the doctor has compared the files with it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from app.document.classes import ClassTable
from app.document.export.frame import ExportOptions, Picture, Pixels
from app.document.files import decode_label_png, encode_label_png
from app.document.vault import Vault


class ExportRecord:
    """The labels as they were exported: those of the project may change while others are written.

    They lie in a temporary folder until `close`, encrypted with a key that is never written: those
    of an encrypted project must not be plain anywhere. One thread at a time.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="maskloop-doctor-")
        self._vault = Vault.new()
        self._numbers: dict[str, int] = {}
        self.format_name = ""
        self.options = ExportOptions()
        self.classes = ClassTable(())
        self.pictures: list[Picture] = []

    def begin(self, format_name: str, options: ExportOptions, classes: ClassTable) -> None:
        """What is written, and how."""
        self.format_name, self.options, self.classes = format_name, options, classes

    def keep(self, picture: Picture, labels: Pixels) -> None:
        """A picture was written with these (H, W) uint8 labels."""
        self._numbers[picture.name] = len(self.pictures)
        data = encode_label_png(np.ascontiguousarray(labels))
        path = self._path(picture)
        path.write_bytes(self._vault.seal(data, path.name))
        self.pictures.append(picture)

    def labels(self, picture: Picture) -> Pixels:
        """The labels that were exported."""
        path = self._path(picture)
        return decode_label_png(self._vault.open(path.read_bytes(), path.name), path.name)[0]

    def in_split(self, split: str) -> Sequence[Picture]:
        """The pictures of one split."""
        return [picture for picture in self.pictures if picture.split == split]

    def close(self) -> None:
        """Forget them."""
        self._folder.cleanup()

    def __enter__(self) -> ExportRecord:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def _path(self, picture: Picture) -> Path:
        return Path(self._folder.name) / f"{self._numbers[picture.name]}.png"
