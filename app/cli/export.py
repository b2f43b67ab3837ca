"""`export`: the masks of a project as files for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.terminal import CommandError, complain, progress
from app.cli.workbench import open_project
from app.document.export import FORMATS, ExportExists, ExportOptions, Which, export
from app.document.export.doctor import CHECKED_FORMATS, examine
from app.document.export.frame import Split
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
    parser.add_argument(
        "--split",
        type=_shares,
        default=Split(),
        metavar="VAL[,TEST[,SEED]]",
        help="shares of images for validation and test, in formats with lists (default: 0.2,0,0)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")


def run(options: argparse.Namespace) -> int:
    """Write all masks at once and read them again; 1 when some image is left out or differs."""
    with open_project(options.folder) as project:
        problems = write_masks(
            project,
            options.format,
            options.out,
            which=options.which,
            overwrite=options.overwrite,
            options=ExportOptions(split=options.split),
        )
        if options.format in CHECKED_FORMATS:
            problems += examine_masks(project, options.format, options.out, which=options.which)
    return 1 if problems else 0


def write_masks(
    project: Project,
    format_name: str,
    folder: Path,
    *,
    which: str = Which.ALL,
    overwrite: bool = False,
    options: ExportOptions | None = None,
) -> int:
    """Export with progress; how many images were left out, each with a sentence.

    Raises CommandError when files are in the way.
    """
    written = problems = 0
    steps = export(project, format_name, folder, which=which, overwrite=overwrite, options=options)
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


def examine_masks(project: Project, format_name: str, folder: Path, *, which: str) -> int:
    """Read the masks again with other programs' readers; how many problems, each a sentence."""
    looked = problems = 0
    steps = examine(project, format_name, folder, which=which)
    for step in progress(steps, "Reading again", total=len(project.images)):
        looked += 1
        if step.problem:
            problems += 1
            complain(step.problem)
    if not problems:
        print(f"{looked} masks were read again with Pillow and OpenCV: all are as in the project")
    return problems


def _shares(text: str) -> Split:
    """`0.2`, `0.2,0.1` or `0.2,0.1,7`."""
    parts = text.split(",")
    try:
        validation, test = float(parts[0]), float(parts[1]) if len(parts) > 1 else 0.0
        seed = int(parts[2]) if len(parts) > 2 else 0
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not VAL[,TEST[,SEED]]") from None
    if len(parts) > 3 or min(validation, test) < 0 or validation + test > 1:
        raise argparse.ArgumentTypeError(f"“{text}”: shares are 0 to 1, together at most 1")
    return Split(validation=validation, test=test, seed=seed)
