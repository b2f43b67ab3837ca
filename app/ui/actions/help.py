"""The Help menu."""

from __future__ import annotations

from app.ui.actions.spec import ActionSpec, Needs

HELP: tuple[ActionSpec, ...] = (
    ActionSpec("help.page", "Keys and help", ("F1",), "", "help", needs=Needs.NOTHING),
    ActionSpec("help.keys", "Change the keys…", needs=Needs.NOTHING),
    ActionSpec("help.about", "About Maskloop", needs=Needs.NOTHING),
)
