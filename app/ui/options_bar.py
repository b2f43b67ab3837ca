"""The bar over the canvas: the settings of the tool in use, and the strength of the masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolBar,
    QToolButton,
    QWidget,
)

from app.ui.actions import ACTIONS
from app.ui.display_panel import DisplayButton
from app.ui.option_fields import option_fields, quiet_label
from app.ui.tools.pixels.target import Rule
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session
    from app.ui.canvas.display import Display
    from app.ui.tools.toolbox import Toolbox


class OptionsBar(QToolBar):
    """Shows only what the tool in use reads."""

    def __init__(
        self, session: Session, toolbox: Toolbox, display: Display, parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Tool options"), parent)
        self._session, self._toolbox, self._display = session, toolbox, display
        self.setMovable(False)
        self.setObjectName("options")
        self.setIconSize(QSize(18, 18))
        self.tool_name = QLabel()
        self.tool_name.setMinimumWidth(92)
        self.tool_name.setContentsMargins(8, 0, 8, 0)
        self.addWidget(self.tool_name)
        self._fields = [(field, self.addWidget(field)) for field in option_fields(toolbox.options)]
        self._add_target()
        self._add_masks()
        toolbox.options.changed.connect(self._show)
        display.changed.connect(self._show)
        toolbox.tool_changed.connect(self._show)
        session.classes_changed.connect(self._list_targets)
        session.project_closed.connect(self._list_targets)
        self._list_targets()
        self._show()

    def _add_target(self) -> None:
        options = self._toolbox.options
        self.target = QComboBox()
        self.target.setToolTip(tr("Which pixels the tools may change"))
        self.target.currentIndexChanged.connect(
            lambda: options.set_target_rule(*self.target.currentData())
        )
        label = self.addWidget(quiet_label(tr("Change")))
        self._target_parts = (label, self.addWidget(self.target))

    def _add_masks(self) -> None:
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(5, 100)
        self.opacity.setFixedWidth(120)
        self.opacity.setToolTip(tr("Strength of the masks (Shift+wheel)"))
        self.opacity.valueChanged.connect(lambda v: self._display.set_value("opacity", v / 100))
        for widget in (
            _stretch(),
            DisplayButton(self._session, self._display),
            quiet_label(tr("Masks")),
            self.opacity,
        ):
            self.addWidget(widget)

    def _list_targets(self) -> None:
        with QSignalBlocker(self.target):
            self.target.clear()
            self.target.addItem(tr("all pixels"), (Rule.ALL, 0))
            self.target.addItem(tr("only unpainted pixels"), (Rule.UNLABELLED, 0))
            for item in self._session.classes:
                self.target.addItem(tr("only {name}", name=item.name), (Rule.CLASS, item.id))
        self._show()

    def _show(self) -> None:
        options, tool = self._toolbox.options, self._toolbox.current
        self.tool_name.setText(f"<b>{tr(ACTIONS[tool.id].text)}</b>")
        for field, action in self._fields:
            action.setVisible(field.uses in tool.uses)
            field.show_options()
        for part in self._target_parts:
            part.setVisible("target" in tool.uses)
        target = (options.target.rule, options.target.class_id)
        with QSignalBlocker(self.target), QSignalBlocker(self.opacity):
            rows = [self.target.itemData(row) for row in range(self.target.count())]
            self.target.setCurrentIndex(rows.index(target) if target in rows else 0)
            self.opacity.setValue(round(100 * self._display.opacity))


class ButtonBar(QToolBar):
    """Buttons that are always in view, right of the options, however narrow the window is."""

    def __init__(self, actions: list[QAction], main: QAction) -> None:
        """The main one shows its text."""
        super().__init__(tr("Going on"))
        self.setMovable(False)
        self.setObjectName("buttons")
        self.setIconSize(QSize(18, 18))
        self.addWidget(_stretch())
        self.addActions([*actions, main])
        button = self.widgetForAction(main)
        if isinstance(button, QToolButton):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def showEvent(self, event: QShowEvent) -> None:
        """The options give way."""
        super().showEvent(event)
        self.setMinimumWidth(self.sizeHint().width())


def _stretch() -> QWidget:
    stretch = QWidget()
    stretch.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return stretch
