"""What is said of an action: its text, keys, tip and icon, and what must be there for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Needs(Enum):
    """What must be open for an action: without it the action is grey. Most need a project."""

    NOTHING = auto()
    PROJECT = auto()
    IMAGE = auto()


@dataclass(frozen=True)
class ActionSpec:
    """One user action. `shortcuts` are portable key texts; `icon` names an SVG in resources."""

    id: str
    text: str
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    is_checkable: bool = False
    group: str = ""
    needs: Needs = Needs.PROJECT


SEPARATOR = ActionSpec("-", "")
