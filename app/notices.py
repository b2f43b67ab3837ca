"""What the session tells the person: a message with one action, and the progress of long work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """One sentence for the strip over the canvas, and at most one thing to do about it."""

    text: str
    is_error: bool = False
    action_text: str | None = None
    action: Callable[[], object] | None = None


@dataclass(frozen=True)
class Progress:
    """Countable work: `total` is 0 while unknown."""

    sentence: str
    done: int
    total: int
    can_cancel: bool = True
    is_bytes: bool = False

    @property
    def count(self) -> str:
        """How much of it is done, in figures; "" when that is not known."""
        if self.is_bytes:
            whole = f" / {self.total / 1e6:.0f}" if self.total else ""
            return f"{self.done / 1e6:.0f}{whole} MB"
        return f"{self.done} / {self.total}" if self.total else ""


def with_problems(text: str, problems: Sequence[str]) -> str:
    """What was done, and the first of what was not: the strip shows one message at a time."""
    if not problems:
        return text
    return f"{text} {len(problems)} left out; the first: {problems[0]}"
