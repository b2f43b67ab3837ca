"""The files of one export: written aside, and then swapped in for those of an earlier one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import uuid
from pathlib import Path, PurePosixPath

from app.document.errors import ExportError
from app.document.export import manifest
from app.document.export.manifest import Manifest
from app.document.export.refusals import refuse_existing

_STAGING = ".maskloop-export-"


class Output:
    """A folder beside the files of `folder`, whose content replaces them when all is written."""

    def __init__(self, folder: Path, format_name: str) -> None:
        self._folder = folder
        self._format_name = format_name
        self._staging = folder / f"{_STAGING}{uuid.uuid4().hex[:8]}"
        self._written: dict[str, str] = {}

    def write(self, path: str, data: bytes) -> None:
        """Write a file; `path` is relative, with slashes. Raises `OSError`."""
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ExportError(f"{path} would be written outside the chosen folder.")
        target = self._staging / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self._written[path] = manifest.fingerprint(data)

    def write_text(self, path: str, text: str) -> None:
        """Write a UTF-8 text file with plain line ends."""
        self.write(path, text.encode("utf-8"))

    def write_json(self, path: str, content: object) -> None:
        """Write a JSON file."""
        self.write_text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")

    def swap_in(self, *, overwrite: bool) -> None:
        """Move everything to its place, and aside what the earlier export wrote and this did not.

        Killed at any moment, the manifest lists all that is ours: the next export goes on from
        there. Raises `ExportExists` before the first file is moved.
        """
        earlier = Manifest.read(self._folder)
        stale = earlier.stale(self._folder, self._format_name, self._written)
        if not overwrite:
            refuse_existing(self._folder, self._written, stale)
        self._keep(earlier.with_more(self._format_name, self._written.items()))
        for path in self._written:
            _move(self._staging / path, self._folder / path)
        for path in stale:
            _move(self._folder / path, self._staging / "replaced" / path)
            _remove_empty(self._folder, (self._folder / path).parent)
        self._keep(earlier.with_files(self._format_name, self._written.items()))

    def _keep(self, listed: Manifest) -> None:
        self._staging.mkdir(parents=True, exist_ok=True)
        path = self._staging / manifest.NAME
        path.write_text(listed.text(), "utf-8")
        os.replace(path, self._folder / manifest.NAME)

    def discard(self) -> None:
        """Remove what was written aside."""
        shutil.rmtree(self._staging, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)


def _remove_empty(top: Path, folder: Path) -> None:
    """Remove a folder and those above it that hold nothing more, below `top`."""
    with contextlib.suppress(OSError):
        while folder != top:
            folder.rmdir()
            folder = folder.parent


def remove_stale_staging(folder: Path) -> None:
    """Delete what a killed export left in this folder."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{_STAGING}*"):
            shutil.rmtree(path, ignore_errors=True)
