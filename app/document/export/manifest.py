"""Which files of a folder our exports wrote, so that the next one may take away what is stale."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.document.file_names import name_key

NAME = ".maskloop-export"
"""Hidden and without a suffix: nothing that reads data sets takes it for one of their files."""

File = tuple[str, str]
"""A path with slashes, and the `fingerprint` of what was written there."""


def fingerprint(data: bytes) -> str:
    """Tells the content of a file from any other."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """What was written into one folder, by the name of the format."""

    files: dict[str, frozenset[File]]

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """That of a folder; an empty one when there is none, or one that cannot be understood."""
        try:
            content = json.loads((folder / NAME).read_text("utf-8"))
            files = {
                str(name): frozenset((str(path), str(digest)) for path, digest in entries)
                for name, entries in content.items()
            }
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return cls({})
        return cls(files)

    def text(self) -> str:
        """As it is kept."""
        content = {name: sorted(entries) for name, entries in sorted(self.files.items())}
        return json.dumps(content, ensure_ascii=False, indent=0) + "\n"

    def with_files(self, format_name: str, written: Iterable[File]) -> Manifest:
        """The same after an export that wrote these, and nothing else of its format is left."""
        return Manifest(self.files | {format_name: frozenset(written)})

    def with_more(self, format_name: str, written: Iterable[File]) -> Manifest:
        """The same while an export is swapped in: its files, or those from before, are there."""
        known = self.files.get(format_name, frozenset())
        return self.with_files(format_name, known | frozenset(written))

    def stale(self, folder: Path, format_name: str, kept: Iterable[str]) -> list[str]:
        """The files of the earlier export of this format that are not among those `kept`.

        One that was changed since, that is also of another format's export, or that does not lie
        in the folder is nobody's to remove. Reads the files.
        """
        others = {
            name_key(path)
            for name, entries in self.files.items()
            if name != format_name
            for path, _ in entries
        }
        staying = others | {name_key(path) for path in kept}
        found = {
            path
            for path, digest in self.files.get(format_name, frozenset())
            if name_key(path) not in staying and _is_as_written(folder, path, digest)
        }
        return sorted(found)


def _is_as_written(folder: Path, path: str, digest: str) -> bool:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts:
        return False
    place = folder / path
    try:
        if not place.parent.resolve().is_relative_to(folder.resolve()) or place.is_symlink():
            return False
        return fingerprint(place.read_bytes()) == digest
    except OSError:
        return False
