"""`encrypt`: from now on the project of a folder needs a passphrase; or another one."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.passphrase import new_passphrase, unlocked
from app.document.encryption import change_passphrase, encrypt_project, vault_of
from app.document.location import locate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder; for another passphrase, where the new one is."""
    parser.add_argument("folder", type=Path, help="a folder of images with a project")
    parser.add_argument("--change", action="store_true", help="give it another passphrase")
    parser.add_argument(
        "--new-passphrase-file", type=Path, metavar="FILE", help="the other one, with --change"
    )


def run(options: argparse.Namespace) -> int:
    """Encrypt, or change the passphrase."""
    if not options.change:
        encrypt_project(options.folder, new_passphrase())
        print(f"The project of {options.folder} is encrypted. Without its passphrase it is lost.")
        return 0
    data_folder = locate(options.folder.absolute(), read_only=True).data_folder
    old: list[str] = []

    def try_old(passphrase: str | None) -> None:
        vault_of(data_folder, passphrase)
        old.append(passphrase or "")

    unlocked(try_old)
    change_passphrase(options.folder, old[-1], new_passphrase(options.new_passphrase_file))
    print(f"The project of {options.folder} has another passphrase.")
    return 0
