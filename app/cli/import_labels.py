"""`import-labels`: finished masks, matched by name, become the person's labels."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from app.cli.terminal import CommandError, complain, progress
from app.cli.workbench import open_project
from app.document.classes import MAX_CLASS_ID
from app.document.importing import (
    IMPORTERS,
    TWO_VALUED,
    Choices,
    LabelImport,
    NewClass,
    Surveyed,
    Target,
    detect,
    effect,
)
from app.document.project import Project

_IGNORED = "ignore"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, where the masks are, of which kind, and what their classes become."""
    parser.add_argument("folder", type=Path, help="a folder of images")
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        required=True,
        metavar="DIR",
        help="the masks, named as the images (or a JSON file); 255 = unlabelled",
    )
    parser.add_argument(
        "--format", choices=tuple(IMPORTERS), help="default: told from what is inside"
    )
    parser.add_argument(
        "--map",
        dest="choices",
        type=_choice,
        action="append",
        default=[],
        metavar="CLASS=TARGET",
        help="a class of the masks (name, number or #rrggbb) and the class of the project that it "
        "becomes; “ignore” leaves it out, an unknown name is added. May be given often",
    )
    parser.add_argument(
        "--resize",
        action="store_true",
        help="fit masks of another size by nearest neighbour (otherwise they are left out)",
    )
    parser.add_argument(
        "--keep-labels", action="store_true", help="fill only pixels that have no label yet"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would change, and change nothing"
    )


def run(options: argparse.Namespace) -> int:
    """1 when some mask cannot be used, or none fits."""
    if not options.source.exists():
        raise CommandError(f"{options.source} is not there: give the folder of the masks.")
    format_name = options.format or detect(options.source)
    if format_name is None:
        raise CommandError(f"There are no labels in {options.source}, or say which with --format.")
    with open_project(options.folder) as project:
        label_import = LabelImport(project, options.source, format_name)
        surveyed: list[Surveyed] = []
        if options.dry_run or options.choices:
            surveyed = list(progress(label_import.survey(), "Looking through"))
        targets = {
            number: target
            for name, text in options.choices
            for number, target in _targets(label_import, project, name, text).items()
        }
        choices = Choices(targets, resizes=options.resize, keeps_labels=options.keep_labels)
        print(f"format: {format_name}")
        if options.dry_run:
            count, failed = _tell(project, label_import, surveyed, choices)
        else:
            count, failed = _take(project, label_import, choices)
    if not count and not failed:
        raise CommandError(
            f"No mask in {options.source} has the name of an image in {options.folder}."
        )
    return 1 if failed else 0


def _take(project: Project, label_import: LabelImport, choices: Choices) -> tuple[int, int]:
    taken = failed = 0
    for result in progress(label_import.run(choices), "Importing labels"):
        if result.problem:
            failed += 1
            complain(str(result.problem))
        else:
            taken += 1
    project.flush()
    if label_import.classes.are_two_valued:
        print(TWO_VALUED)
    if taken:
        print(f"{taken} masks are now labels")
    return taken, failed


def _tell(
    project: Project, label_import: LabelImport, surveyed: list[Surveyed], choices: Choices
) -> tuple[int, int]:
    """The dry run: classes, images, and what is not taken."""
    mapping = label_import.mapping(choices)
    lookup = mapping.lookup()
    if label_import.classes.are_two_valued:
        print(TWO_VALUED)
    for item in label_import.classes:
        new = mapping.new_class(int(lookup[item.number]))
        if int(lookup[item.number]) > MAX_CLASS_ID:
            target = "left out"
        elif new is not None:
            target = f"new class {new.name}"
        else:
            target = project.classes.by_id(int(lookup[item.number])).name
        number = "" if item.name is None and not item.is_stray else f" ({item.number})"
        print(f"{item.title}{number}: {target}")
    count: Counter[str] = Counter()
    failed = 0
    for one in surveyed:
        problem = one.problem
        if problem is None and one.has_other_size and not choices.resizes:
            mask, image = ("{} x {}".format(*size) for size in (one.mask_size, one.image_size))
            problem = f"{one.name} is {mask}, its image {image}: it is left out without --resize."
        if problem is not None:
            failed += 1
            complain(problem)
        elif one.image_id is None:
            count["strangers"] += 1
        else:
            done = effect(one, lookup, choices)
            count.update(masks=1, pixels=done.changed, replaced=done.replaced)
            print(f"{one.name}: {done.changed} pixels would change, {done.replaced} of them labels")
    bare = len(project.images) - len({one.image_id for one in surveyed} - {None})
    print(f"{count['strangers']} files are of no image, {bare} images have no mask")
    print(
        f"{count['masks']} masks would become labels: {count['pixels']} pixels, "
        f"{count['replaced']} of them labelled otherwise now; nothing was changed"
    )
    return count["masks"], failed


def _choice(text: str) -> tuple[str, str]:
    name, separator, target = text.rpartition("=")
    if not separator or not name.strip() or not target.strip():
        raise argparse.ArgumentTypeError(f"“{text}” is not CLASS=TARGET")
    return name.strip(), target.strip()


def _targets(
    label_import: LabelImport, project: Project, name: str, text: str
) -> dict[int, Target]:
    """What one `--map` says, by the numbers of the source."""
    numbers = [item.number for item in label_import.classes if item.title == name]
    if not numbers and name.isdecimal() and int(name) <= 255:
        numbers = [int(name)]
    if not numbers:
        known = ", ".join(item.title for item in label_import.classes)
        raise CommandError(f"The masks have no class {name}: they have {known}.")
    target: Target = NewClass(text)
    known_class = project.classes.by_name(text)
    if text == _IGNORED:
        target = None
    elif known_class is not None:
        target = known_class.id
    return dict.fromkeys(numbers, target)
