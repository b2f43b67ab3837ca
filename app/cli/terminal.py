"""What the commands say: progress and complaints on stderr, results on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tqdm import tqdm

T = TypeVar("T")

# tqdm is imported where it is used: the window starts through this module and needs none of it.


class CommandError(Exception):
    """A command cannot do what it was asked; `str(error)` is one sentence for the user."""


def complain(sentence: str) -> None:
    """One sentence on stderr, above any progress bar."""
    from tqdm import tqdm

    tqdm.write(" ".join(sentence.split()), file=sys.stderr)


def progress(things: Iterable[T], text: str, *, total: int | None = None) -> Iterable[T]:
    """The same things, with a bar on the terminal; silent when stderr is none."""
    from tqdm import tqdm

    return tqdm(things, desc=text, total=total, disable=None, leave=False)


def progress_bar(text: str, *, total: float, unit: str = "it") -> tqdm[None]:
    """A bar to be moved by hand, used as a context; silent when stderr is no terminal."""
    from tqdm import tqdm

    is_scaled = unit == "B"
    return tqdm(desc=text, total=total, unit=unit, unit_scale=is_scaled, disable=None, leave=False)


def known_errors() -> tuple[type[Exception], ...]:
    """The errors that have a sentence for the user; of packages that were never loaded: none."""
    return (
        CommandError,
        OSError,
        *_class_of("app.document.errors", "DocumentError"),
        *_class_of("segmodels.errors", "LearnerError"),
    )


def _class_of(module: str, name: str) -> tuple[type[Exception], ...]:
    found = getattr(sys.modules.get(module), name, None)
    return (found,) if found is not None else ()
