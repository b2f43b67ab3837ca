"""The table of everything a person can do: the only source of menus, tooltips, keys and help.

Each file here names the actions of a menu; the file of the same name in `commands` does them.
"""

from __future__ import annotations

from app.ui.actions.classes import CLASS
from app.ui.actions.files import FILE
from app.ui.actions.gestures import GESTURES
from app.ui.actions.help import HELP
from app.ui.actions.images import EDIT, IMAGE
from app.ui.actions.models import MODEL
from app.ui.actions.spec import SEPARATOR, ActionSpec, Needs
from app.ui.actions.tools import TOOLS
from app.ui.actions.view import VIEW

__all__ = ["ACTIONS", "GESTURES", "MENUS", "SEPARATOR", "ActionSpec", "Needs"]

MENUS: dict[str, tuple[ActionSpec, ...]] = {
    "File": FILE,
    "Edit": EDIT,
    "Image": IMAGE,
    "Tools": TOOLS,
    "Class": CLASS,
    "View": VIEW,
    "Model": MODEL,
    "Help": HELP,
}
ACTIONS: dict[str, ActionSpec] = {
    spec.id: spec for specs in MENUS.values() for spec in specs if spec is not SEPARATOR
}
