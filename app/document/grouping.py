"""Which images belong together, as those of one patient: by their names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.document.errors import ExportError

SETTING = "group"
"""The setting of a project that holds the regular expression; empty: each image on its own."""

PREFIX = r"(?:^|/)([^/_]+)_[^/]*$"
"""The file's name up to its first underscore."""

FOLDER = r"^(.*)/"


@dataclass(frozen=True)
class GroupCount:
    """How a grouping comes out: number of groups, and name and size of the largest."""

    groups: int
    largest: str
    size: int


def group_of(name: str, expression: str) -> str:
    """The part of a name that pictures of one group share; the whole name without expression."""
    if not expression:
        return name
    try:
        match = re.search(expression, name)
    except re.error as error:
        raise ExportError(f"“{expression}” is no regular expression ({error}).") from error
    if match is None:
        return name
    return match.group(1) if match.re.groups else match.group()


def count_groups(names: Iterable[str], expression: str) -> GroupCount:
    """Group these images. Raises `ExportError` when the expression is none."""
    counts = Counter(group_of(name, expression) for name in names)
    largest, size = counts.most_common(1)[0] if counts else ("", 0)
    return GroupCount(len(counts), largest, size)


def check(expression: str) -> str | None:
    """What is wrong with an expression, or None."""
    try:
        re.compile(expression)
    except re.error as error:
        return str(error)
    return None
