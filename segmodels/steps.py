"""Work that is cut into slices: a generator that yields after each slice and returns its result."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")


def run(steps: Generator[None, None, Result]) -> Result:
    """Do all slices; give what the work returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
