"""`decrypt`: the project of a folder becomes a plain one again."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from app.cli.passphrase import unlocked
from app.document.encryption import decrypt_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder."""
    parser.add_argument("folder", type=Path, help="a folder of images with an encrypted project")


def run(options: argparse.Namespace) -> int:
    """Write all of it plainly, and swap it in."""
    unlocked(partial(decrypt_project, options.folder))
    print(f"The project of {options.folder} is no longer encrypted.")
    return 0
