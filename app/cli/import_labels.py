"""`import-labels`: finished id PNGs, matched by stem, become the person's labels."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.terminal import CommandError, complain, progress
from app.cli.workbench import open_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and where the masks are."""
    parser.add_argument("folder", type=Path, help="a folder of images")
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        required=True,
        metavar="DIR",
        help="grey id PNGs named as the images; 255 = unlabelled",
    )


def run(options: argparse.Namespace) -> int:
    """1 when some mask cannot be used, or none fits."""
    from app.document.importing import import_labels

    with open_project(options.folder) as project:
        taken = failed = 0
        for result in progress(import_labels(project, options.source), "Importing labels"):
            if result.problem:
                failed += 1
                complain(str(result.problem))
            else:
                taken += 1
        project.flush()
    if not taken and not failed:
        raise CommandError(
            f"No mask in {options.source} has the name of an image in {options.folder}."
        )
    print(f"{taken} masks are now labels")
    return 1 if failed else 0
