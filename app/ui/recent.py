"""The folders opened last, newest first; kept between runs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

KEPT = 6
KEY = "recent_folders"


def recent_folders() -> list[Path]:
    """Folders opened before, also those on a disk that is not there now.

    Whether one exists is not asked: on a network drive that is gone the answer may take minutes.
    """
    value = QSettings().value(KEY) or []
    names = [value] if isinstance(value, str) else list(value)
    return [Path(name) for name in names]


def remember_folder(folder: Path) -> None:
    """Put a folder at the head of the list."""
    others = [known for known in recent_folders() if known != folder]
    QSettings().setValue(KEY, [str(f) for f in [folder, *others][:KEPT]])
