"""`check`: verify a project, repair what can be repaired, and tell each thing in a sentence."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.terminal import CommandError, progress
from app.cli.workbench import open_project
from app.document import mounts
from app.document.check import Finding, check
from app.document.location import locate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder."""
    parser.add_argument("folder", type=Path, help="a folder of images")


def run(options: argparse.Namespace) -> int:
    """List what was found; 1 when something could not be repaired."""
    if not (locate(options.folder.absolute(), read_only=True).data_folder / "project.db").is_file():
        raise CommandError(f"{options.folder} has no project yet: there is nothing to check.")
    findings: list[Finding] = []
    with open_project(options.folder) as project:
        looks = check(project, load_model=_load_model)
        for looked in progress(looks, "Checking", total=len(project.images) + 2):
            findings.extend(looked.findings)
        count = len(project.images)
    for finding in findings:
        print(f"{'repaired' if finding.is_repaired else 'NOT REPAIRED'}: {finding.sentence}")
    broken = sum(not finding.is_repaired for finding in findings)
    if not findings:
        print(f"{count} images were checked: nothing is wrong.")
    else:
        repaired = len(findings) - broken
        print(f"{count} images were checked: {repaired} repaired, {broken} not repaired.")
    return 1 if broken else 0


def _load_model(folder: Path) -> object:
    from segmodels import Learner  # Slow to import, and few projects have a model.
    from segmodels.storage import set_codec

    set_codec(mounts.sealed, mounts.opened)
    return Learner.load(folder, device="cpu")
