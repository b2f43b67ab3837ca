"""`backup`: a project without its images as one zip file."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.terminal import CommandError, progress
from app.cli.workbench import open_project
from app.document.backup import backup
from app.document.data_size import data_size
from app.document.location import locate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and the file to write."""
    parser.add_argument("folder", type=Path, help="a folder of images")
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="the backup to write")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")


def run(options: argparse.Namespace) -> int:
    """Write the backup aside and swap it in."""
    if not (locate(options.folder.absolute(), read_only=True).data_folder / "project.db").is_file():
        raise CommandError(f"{options.folder} has no project yet: there is nothing to back up.")
    if options.file.exists() and not options.overwrite:
        raise CommandError(f"{options.file} is there already: add --overwrite to replace it.")
    with open_project(options.folder) as project:
        for _ in progress(backup(project, options.file), "Backing up"):
            pass
    size = data_size(options.file.stat().st_size)
    print(f"{options.file} holds the project ({size}); the images are not in it.")
    return 0
