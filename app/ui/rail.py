"""The rail of tools: all of them in view, with smaller icons where the window is low."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolBar, QWidget

from app.ui.action_set import ActionSet
from app.ui.actions import MENUS, SEPARATOR
from app.ui.translation import tr

ICON_SIDES = (22, 18, 14)
_AROUND, _SEPARATOR, _ENDS = 15, 11, 32
"""Pixels around an icon (padding, border, spacing), of a separator, of both ends: style.qss."""


class Rail(QToolBar):
    """The tools of the Tools menu, one below the other."""

    def __init__(self, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(tr("Tools"), parent)
        self.setObjectName("rail")
        self.setMovable(False)
        self.setOrientation(Qt.Orientation.Vertical)
        tools = [spec for spec in MENUS["Tools"] if spec is SEPARATOR or spec.is_checkable]
        while tools[-1] is SEPARATOR:
            tools.pop()
        for spec in tools:
            if spec is SEPARATOR:
                self.addSeparator()
            else:
                self.addAction(actions[spec.id])
        self._separators = sum(spec is SEPARATOR for spec in tools)
        self._tools = len(tools) - self._separators
        self._take_height(10_000)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the largest icons with which every tool has room."""
        super().resizeEvent(event)
        self._take_height(event.size().height())

    def _take_height(self, height: int) -> None:
        room = height - self._separators * _SEPARATOR - _ENDS
        fitting = (side for side in ICON_SIDES if self._tools * (side + _AROUND) <= room)
        side = next(fitting, ICON_SIDES[-1])
        if self.iconSize().width() != side:
            self.setIconSize(QSize(side, side))
