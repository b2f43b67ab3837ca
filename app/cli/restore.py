"""`restore`: unpack a backup as the project of a folder of images."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.terminal import CommandError, progress
from app.cli.workbench import open_project
from app.document.backup import restore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The backup, and the folder."""
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="a file that `backup` wrote")
    parser.add_argument("folder", type=Path, help="the folder of the same images")


def run(options: argparse.Namespace) -> int:
    """Unpack, then open it once: images that moved since are found, and all is seen to work."""
    if not options.folder.is_dir():
        raise CommandError(f"{options.folder} is no folder: copy the images there first.")
    for _ in progress(restore(options.file, options.folder), "Restoring"):
        pass
    with open_project(options.folder) as project:
        count = len(project.labelled_images())
    print(f"The project of {options.folder} is restored: {count} images have labels.")
    return 0
