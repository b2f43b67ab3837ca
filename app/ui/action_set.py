"""The table of actions as QActions: menus, keys, tooltips and icons come from nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow

from app.ui.actions import ACTIONS, MENUS, SEPARATOR, ActionSpec, Needs
from app.ui.help_page import native
from app.ui.icons import icon
from app.ui.translation import tr

SETTINGS_GROUP = "keys"


class ActionSet:
    """All QActions of a window by their id, and the menus made of them."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self.by_id = {spec.id: self._action(spec) for spec in ACTIONS.values()}
        for title, specs in MENUS.items():
            menu = window.menuBar().addMenu(tr(title))
            menu.setToolTipsVisible(True)
            for spec in specs:
                if spec is SEPARATOR:
                    menu.addSeparator()
                else:
                    menu.addAction(self.by_id[spec.id])
        self.take_palette()
        self.set_keys(self._kept_keys())

    def keys(self) -> dict[str, tuple[str, ...]]:
        """The portable key texts of every action, as they are now."""
        portable = QKeySequence.SequenceFormat.PortableText
        return {
            action_id: tuple(key.toString(portable) for key in action.shortcuts())
            for action_id, action in self.by_id.items()
        }

    def set_keys(self, keys: dict[str, tuple[str, ...]]) -> None:
        """Use these keys, and keep those that differ from the table for the next time."""
        settings = QSettings()
        settings.remove(SETTINGS_GROUP)
        for action_id, texts in keys.items():
            action, spec = self.by_id[action_id], ACTIONS[action_id]
            action.setShortcuts([QKeySequence(text) for text in texts])
            action.setToolTip(_tool_tip(spec, texts))
            if [QKeySequence(t) for t in texts] != [QKeySequence(t) for t in spec.shortcuts]:
                settings.setValue(f"{SETTINGS_GROUP}/{action_id}", " ".join(texts))

    def _kept_keys(self) -> dict[str, tuple[str, ...]]:
        settings = QSettings()
        return {
            spec.id: tuple(str(kept).split())
            if (kept := settings.value(f"{SETTINGS_GROUP}/{spec.id}")) is not None
            else spec.shortcuts
            for spec in ACTIONS.values()
        }

    def __getitem__(self, action_id: str) -> QAction:
        return self.by_id[action_id]

    def connect(self, commands: dict[str, Callable[[], object]]) -> None:
        """Say what each action does; every action has exactly one command."""
        assert commands.keys() == self.by_id.keys(), commands.keys() ^ self.by_id.keys()
        for action_id, command in commands.items():
            # `triggered` carries whether the action is checked; commands look themselves.
            self.by_id[action_id].triggered.connect(lambda _checked, do=command: do())

    def enable(self, *open_now: Needs) -> None:
        """Enable the actions whose needs are among these, and disable the others."""
        for action_id, spec in ACTIONS.items():
            self.by_id[action_id].setEnabled(spec.needs in open_now)

    def set_icon(self, action_id: str, name: str) -> None:
        """Give an action another icon than that of the table."""
        self.by_id[action_id].setIcon(icon(name))

    def take_palette(self) -> None:
        """Draw the icons for the palette in use."""
        for action_id, spec in ACTIONS.items():
            if spec.icon:
                self.by_id[action_id].setIcon(icon(spec.icon))

    def _action(self, spec: ActionSpec) -> QAction:
        action = QAction(tr(spec.text), self._window)
        action.setCheckable(spec.is_checkable)
        action.setObjectName(spec.id)
        # Without this, macOS would move "About" and "Quit" by guessing from their texts.
        action.setMenuRole(QAction.MenuRole.NoRole)
        self._window.addAction(action)
        if spec.group:
            group = self._groups.setdefault(spec.group, QActionGroup(self._window))
            group.addAction(action)
        return action


def _tool_tip(spec: ActionSpec, keys: tuple[str, ...]) -> str:
    shown = f"  ({native(keys)})" if keys else ""
    tip = f"\n{tr(spec.tip)}" if spec.tip else ""
    return tr(spec.text).rstrip("…") + shown + tip
