"""`export`: the masks of a project as files for other programs."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from app.cli.terminal import CommandError, complain, progress
from app.cli.workbench import open_project
from app.document import grouping
from app.document.export import FORMATS, ExportExists, ExportOptions, Which, export
from app.document.export.doctor import examine
from app.document.export.frame import Split
from app.document.export.readers import OPENCV, PILLOW, Reader
from app.document.export.record import ExportRecord
from app.document.export.scope import Report, notes, scope
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
    parser.add_argument(
        "--group",
        metavar="REGEX",
        help="images whose names agree in its first group stay in one part of the split (default: "
        "the groups of the project)",
    )
    parser.add_argument("--no-images", action="store_true", help="leave out copies of the images")
    parser.add_argument("--polygons", action="store_true", help="polygons, not masks, if possible")
    parser.add_argument(
        "--with-background", action="store_true", help="objects of class 0 too, in such formats"
    )
    parser.add_argument("--no-one-hot", action="store_true", help="only the labels in npz")
    parser.add_argument(
        "--pixel-size",
        type=_length,
        default=(1.0, "px"),
        metavar="SIZE,UNIT",
        help="the side of a pixel for the table of objects, such as 0.25,um",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    parser.add_argument("--no-check", action="store_true", help="do not read the files again")


def run(options: argparse.Namespace) -> int:
    """Write all masks at once and read them again; 1 when some image is left out or differs."""
    with open_project(options.folder) as project, ExportRecord() as record:
        group = options.group
        if group is None:
            group = str(project.setting(grouping.SETTING, ""))
        problems = write_masks(
            project,
            options.format,
            options.out,
            which=options.which,
            overwrite=options.overwrite,
            options=_wishes(options, group),
            record=record,
        )
        if not options.no_check:
            problems += _examine(record, options.out)
        else:
            print("".join(f"note: {sentence}\n" for sentence in notes(record)), end="")
    return 1 if problems else 0


def _wishes(options: argparse.Namespace, group: str) -> ExportOptions:
    side, unit = options.pixel_size
    return ExportOptions(
        split=replace(options.split, group=group),
        with_images=not options.no_images,
        as_polygons=options.polygons,
        with_background=options.with_background,
        one_hot=not options.no_one_hot,
        pixel_size=side,
        unit=unit,
    )


def write_masks(
    project: Project,
    format_name: str,
    folder: Path,
    *,
    which: str = Which.ALL,
    overwrite: bool = False,
    options: ExportOptions | None = None,
    record: ExportRecord | None = None,
) -> int:
    """Export with progress; how many images were left out, each with a sentence.

    Raises CommandError when files are in the way.
    """
    written = problems = 0
    steps = export(
        project,
        format_name,
        folder,
        which=which,
        overwrite=overwrite,
        options=options,
        record=record,
    )
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


def _examine(record: ExportRecord, folder: Path) -> int:
    """Read the files again with other programs' readers and tell; how many problems."""
    readers = _readers()
    steps = examine(record, folder, readers=readers)
    told = progress(steps, "Reading again", total=len(record.pictures))
    problems = tuple(step.problem for step in told if step.problem)
    told_of = scope(record, readers)
    report = Report(folder, len(record.pictures), problems, told_of, notes(record))
    for problem in problems:
        complain(problem)
    for line in report.lines()[len(problems) :]:
        print(line)
    return len(problems)


def _readers() -> tuple[Reader, ...]:
    """Pillow, OpenCV, and Qt where its libraries are there."""
    try:
        from app.qt_reader import QT
    except ImportError:
        return PILLOW, OPENCV
    return PILLOW, OPENCV, QT


def _length(text: str) -> tuple[float, str]:
    """`0.25,um`."""
    number, _, unit = text.partition(",")
    try:
        side = float(number)
    except ValueError:
        side = 0.0
    if not 0 < side < float("inf") or not unit.strip():
        raise argparse.ArgumentTypeError(f"“{text}” is not SIZE,UNIT such as 0.25,um")
    return side, unit.strip()


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
