"""`export`: the masks of a project as files for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.terminal import CommandError, complain, progress
from app.cli.workbench import open_project
from app.document.export import FORMATS, ExportExists, Which, export
from app.document.project import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, the format, and where to."""
    parser.add_argument("folder", type=Path, help="a folder of images")
    parser.add_argument("--format", choices=tuple(FORMATS), default="ids", help="default: ids")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to")
    parser.add_argument(
        "--which",
        choices=tuple(str(which) for which in Which),
        default=str(Which.ALL),
        help="which images and pixels (default: all)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")


def run(options: argparse.Namespace) -> int:
    """Write all masks at once; 1 when some image is left out."""
    with open_project(options.folder) as project:
        problems = write_masks(
            project,
            options.format,
            options.out,
            which=options.which,
            overwrite=options.overwrite,
        )
    return 1 if problems else 0


def write_masks(
    project: Project,
    format_name: str,
    folder: Path,
    *,
    which: str = Which.ALL,
    overwrite: bool = False,
) -> int:
    """Export with progress; how many images were left out, each with a sentence.

    Raises CommandError when files are in the way.
    """
    written = problems = 0
    steps = export(project, format_name, folder, which=which, overwrite=overwrite)
    try:
        for step in progress(steps, "Exporting", total=len(project.images)):
            if step.problem:
                problems += 1
                complain(step.problem)
            else:
                written += 1
    except ExportExists as error:
        raise CommandError(f"{error} Add --overwrite to replace them.") from error
    print(f"{written} masks are in {folder}")
    return problems
