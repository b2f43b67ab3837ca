"""`export`: the masks of a project as label files."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.terminal import progress
from app.cli.workbench import open_project
from app.document.project import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, the format, and where to."""
    parser.add_argument("folder", type=Path, help="a folder of images")
    parser.add_argument(
        "--format",
        choices=("ids", "voc"),
        default="ids",
        help="ids: grey class ids; voc: the same with the Pascal VOC palette (default ids)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to")


def run(options: argparse.Namespace) -> int:
    """Write one PNG an image, and classes.json."""
    with open_project(options.folder) as project:
        write_masks(project, options.format, options.out)
    return 0


def write_masks(project: Project, format_name: str, folder: Path) -> None:
    """Export with progress; files of that name in `folder` are replaced."""
    from app.document.export import export

    written = 0
    steps = export(project, format_name, folder, overwrite=True)
    for _ in progress(steps, "Exporting", total=len(project.images)):
        written += 1
    print(f"{written} masks are in {folder}")
