"""The bare command: the window, on a folder or on nothing yet."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.terminal import CommandError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder is optional."""
    parser.add_argument("folder", nargs="?", type=Path, help="a folder of images")


def run(options: argparse.Namespace) -> int:
    """Open the window; returns when it is closed. The only command that needs Qt."""
    folder: Path | None = options.folder
    if folder is not None and not folder.is_dir():
        raise CommandError(
            f"{folder} is no folder: give a folder of images, or a command (see --help)."
        )
    from app.ui.application import run as run_window

    return int(run_window(folder))
