"""`predict`: every image of a folder into its project, and as label files if asked."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.export import write_masks
from app.cli.terminal import CommandError
from app.cli.workbench import Workbench, open_project
from app.model_link import AVERAGING


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and where masks go."""
    parser.add_argument("folder", type=Path, help="a folder of images")
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write grey id PNGs there")
    parser.add_argument(
        "--average",
        nargs="?",
        const="flips",
        choices=("flips", "full"),
        help="steadier masks: the mean of 4 looks at flipped images, or of 12, also turned and "
        "scaled, with full (default: as the project is set)",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help="first import this .maskloop-model and use it, as it is",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")


def run(options: argparse.Namespace) -> int:
    """1 when some image cannot be read; the others are predicted all the same."""
    with open_project(options.folder) as project:
        if not project.images:
            raise CommandError(f"There is no image in {options.folder}.")
        bench = Workbench(project)
        if options.model is None:
            bench.open_model()
        else:
            bench.import_model(options.model)
        averaging = options.average or str(project.setting(AVERAGING, "off"))
        bench.predict_all(averaging)
        done = len(project.images) - bench.failures
        print(f"{done} of {len(project.images)} images predicted into {project.data_folder}")
        if options.out is not None:
            write_masks(project, "ids", options.out, overwrite=options.overwrite)
        if options.model is not None:
            bench.keep_model()
    return 1 if bench.failures else 0
