"""`import-labels`: finished masks, matched by name, become the person's labels."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.terminal import CommandError, complain, progress
from app.cli.workbench import open_project
from app.document.importing import IMPORTERS, import_labels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, where the masks are, and of which kind."""
    parser.add_argument("folder", type=Path, help="a folder of images")
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        required=True,
        metavar="DIR",
        help="the masks, named as the images (or a JSON file); 255 = unlabelled",
    )
    parser.add_argument("--format", choices=tuple(IMPORTERS), default="ids", help="default: ids")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would change, and change nothing"
    )


def run(options: argparse.Namespace) -> int:
    """1 when some mask cannot be used, or none fits."""
    with open_project(options.folder) as project:
        taken = failed = pixels = 0
        results = import_labels(
            project, options.source, format_name=options.format, is_dry_run=options.dry_run
        )
        for result in progress(results, "Importing labels"):
            if result.problem:
                failed += 1
                complain(str(result.problem))
                continue
            taken += 1
            pixels += result.pixels
            if options.dry_run:
                print(f"{result.name}: {result.pixels} pixels would change")
        project.flush()
    if not taken and not failed:
        raise CommandError(
            f"No mask in {options.source} has the name of an image in {options.folder}."
        )
    if options.dry_run:
        print(f"{taken} masks would become labels: {pixels} pixels; nothing was changed")
    else:
        print(f"{taken} masks are now labels")
    return 1 if failed else 0
