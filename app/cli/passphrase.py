"""The passphrase of an encrypted project: from a file, or asked for in the terminal."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from app.cli.terminal import CommandError, complain
from app.document.errors import PassphraseNeeded, WrongPassphrase

T = TypeVar("T")
_TRIES = 3
_file: Path | None = None


def use_file(path: Path | None) -> None:
    """Take the passphrase from the first line of this file; None: ask for it."""
    global _file
    _file = path


def unlocked(work: Callable[[str | None], T]) -> T:
    """What `work(passphrase)` gives: first tried without one, then with one that is asked for.

    Asked again when it was wrong, three times. Raises `CommandError`.
    """
    try:
        return work(None)
    except PassphraseNeeded as needed:
        if _file is not None:
            return work(_from_file(_file))
        if not sys.stdin.isatty():
            raise CommandError(f"{needed} Add --passphrase-file FILE.") from None
    for _ in range(_TRIES - 1):
        try:
            return work(getpass.getpass("Passphrase: "))
        except WrongPassphrase as error:
            complain(str(error))
    return work(getpass.getpass("Passphrase: "))


def new_passphrase(file: Path | None = None) -> str:
    """A passphrase to encrypt with; typed twice. Raises `CommandError`."""
    file = file or _file
    if file is not None:
        return _from_file(file)
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask in: add --passphrase-file FILE.")
    first = getpass.getpass("New passphrase: ")
    if getpass.getpass("The same again: ") != first:
        raise CommandError("The two differ: nothing was changed.")
    return first


def _from_file(path: Path) -> str:
    try:
        return path.read_text("utf-8").splitlines()[0]
    except (IndexError, ValueError):
        raise CommandError(f"{path} holds no passphrase: write it in its first line.") from None
