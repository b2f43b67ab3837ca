"""Asks where to write a file, whose name then ends as its kind does."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_target(
    parent: QWidget | None, title: str, suggested: Path, *, kind: str, suffix: str
) -> Path | None:
    """The file to write, or None. `kind` is what such files are called; `suffix` has its dot.

    A name without the suffix gets it, as `v1.2` does; when that file is there, it is asked again,
    so that the person says yes to the file that is replaced.
    """
    while True:
        chosen, _ = QFileDialog.getSaveFileName(
            parent, title, str(suggested), f"{kind} (*{suffix})"
        )
        if not chosen or chosen.lower().endswith(suffix):
            return Path(chosen) if chosen else None
        suggested = Path(chosen + suffix)
        if not suggested.exists():
            return suggested
