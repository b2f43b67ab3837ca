"""The bar over the canvas: the settings of the tool in use, and the strength of the masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolBar,
    QToolButton,
    QWidget,
)

from app.ui.actions import ACTIONS
from app.ui.display_panel import DisplayButton
from app.ui.tools.options import MAX_RADIUS
from app.ui.tools.pixels.stroke import BrushShape
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
        self.size_box = QSpinBox(minimum=1, maximum=2 * MAX_RADIUS + 1, singleStep=2)
        self.size_box.setSuffix(tr(" px"))
        self.size_box.setToolTip(tr("Brush size ([ and ], or Alt+wheel)"))
        self.shape = _choices({tr("Round"): BrushShape.ROUND, tr("Square"): BrushShape.SQUARE})
        self.tolerance = QSpinBox(minimum=0, maximum=255)
        self.tolerance.setToolTip(tr("How much the colour may differ (or drag sideways)"))
        self.grain = QSpinBox(minimum=6, maximum=120)
        self.grain.setSuffix(tr(" px"))
        self.grain.setToolTip(tr("About how wide a superpixel is"))
        self.side = _choices({tr("bright pixels"): False, tr("dark pixels"): True})
        self.target = QComboBox()
        self.target.setToolTip(tr("Which pixels the tools may change"))
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(5, 100)
        self.opacity.setFixedWidth(120)
        self.opacity.setToolTip(tr("Strength of the masks (Shift+wheel)"))

        self.addWidget(self.tool_name)
        self._parts = {
            "radius": [self.addWidget(_label(tr("Size"))), self.addWidget(self.size_box)],
            "shape": [self.addWidget(self.shape)],
            "tolerance": [
                self.addWidget(_label(tr("Tolerance"))),
                self.addWidget(self.tolerance),
            ],
            "superpixel_size": [
                self.addWidget(_label(tr("Grain"))),
                self.addWidget(self.grain),
            ],
            "takes_dark": [self.addWidget(_label(tr("Take"))), self.addWidget(self.side)],
            "target": [self.addWidget(_label(tr("Change"))), self.addWidget(self.target)],
        }
        stretch = QWidget()
        stretch.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.addWidget(stretch)
        self.addWidget(DisplayButton(display))
        self.addWidget(_label(tr("Masks")))
        self.addWidget(self.opacity)

        options = toolbox.options
        self.size_box.valueChanged.connect(lambda size: options.set_radius(size // 2))
        self.size_box.editingFinished.connect(self._show)
        self.shape.currentIndexChanged.connect(
            lambda: options.set_value("shape", self.shape.currentData())
        )
        self.tolerance.valueChanged.connect(lambda v: options.set_value("tolerance", v))
        self.grain.valueChanged.connect(lambda v: options.set_value("superpixel_size", v))
        self.side.currentIndexChanged.connect(
            lambda: options.set_value("takes_dark", self.side.currentData())
        )
        self.target.currentIndexChanged.connect(
            lambda: options.set_target_rule(*self.target.currentData())
        )
        self.opacity.valueChanged.connect(lambda v: display.set_value("opacity", v / 100))
        options.changed.connect(self._show)
        display.changed.connect(self._show)
        toolbox.tool_changed.connect(self._show)
        session.classes_changed.connect(self._list_targets)
        session.project_closed.connect(self._list_targets)
        self._list_targets()
        self._show()

    def add_buttons(self, actions: list[QAction], main: QAction) -> None:
        """Put buttons at the right end; the main one shows its text."""
        self.addSeparator()
        self.addActions([*actions, main])
        button = self.widgetForAction(main)
        if isinstance(button, QToolButton):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

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
        for name, parts in self._parts.items():
            for part in parts:
                part.setVisible(name in tool.uses)
        target = (options.target.rule, options.target.class_id)
        with (
            QSignalBlocker(self.size_box),
            QSignalBlocker(self.shape),
            QSignalBlocker(self.target),
            QSignalBlocker(self.tolerance),
            QSignalBlocker(self.grain),
            QSignalBlocker(self.side),
            QSignalBlocker(self.opacity),
        ):
            self.size_box.setValue(2 * options.radius + 1)
            self.shape.setCurrentIndex(self.shape.findData(options.shape))
            self.tolerance.setValue(options.tolerance)
            self.grain.setValue(options.superpixel_size)
            self.side.setCurrentIndex(self.side.findData(options.takes_dark))
            rows = [self.target.itemData(row) for row in range(self.target.count())]
            self.target.setCurrentIndex(rows.index(target) if target in rows else 0)
            self.opacity.setValue(round(100 * self._display.opacity))


def _choices(choices: dict[str, object]) -> QComboBox:
    box = QComboBox()
    for text, value in choices.items():
        box.addItem(text, value)
    return box


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("quiet")
    label.setContentsMargins(8, 0, 4, 0)
    return label
