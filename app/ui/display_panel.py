"""The button for how things are shown: strength of the masks, tone of the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QFormLayout,
    QMenu,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from app.ui.band_panel import BandPanel
from app.ui.canvas.display import Display
from app.ui.icons import icon
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session


class DisplayButton(QToolButton):
    """Opens the sliders; a strength of 0 hides the layer."""

    def __init__(self, session: Session, display: Display, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._display = display
        self.take_palette()
        self.setToolTip(tr("Strength of the masks; tone of the picture. Data stays as it is"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.painted, self.predicted = _slider(0), _slider(0)
        self.brightness, self.contrast, self.gamma = _slider(-100), _slider(-100), _slider(-100)
        reset = QPushButton(tr("As it was"))
        panel = QWidget()
        form = QFormLayout(panel)
        form.addRow(tr("Painted"), self.painted)
        form.addRow(tr("Predicted"), self.predicted)
        form.addRow(tr("Brightness"), self.brightness)
        form.addRow(tr("Contrast"), self.contrast)
        form.addRow(tr("Gamma"), self.gamma)
        self.bands = BandPanel(session, display)
        form.addRow(self.bands)
        form.addRow(reset)
        action = QWidgetAction(self)
        action.setDefaultWidget(panel)
        menu = QMenu(self)
        menu.addAction(action)
        self.setMenu(menu)
        self._show()
        self.painted.valueChanged.connect(lambda v: display.set_value("opacity", v / 100))
        self.predicted.valueChanged.connect(
            lambda v: display.set_value("prediction_share", v / 100)
        )
        for slider in (self.brightness, self.contrast, self.gamma):
            slider.valueChanged.connect(self._take_tone)
        reset.clicked.connect(display.reset)
        display.changed.connect(self._show)

    def take_palette(self) -> None:
        """Draw the icon for the palette in use."""
        self.setIcon(icon("tone"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.take_palette()

    def _take_tone(self) -> None:
        tone = replace(
            self._display.tone,
            brightness=self.brightness.value() / 100,
            contrast=self.contrast.value() / 100,
            gamma=round(5 ** (self.gamma.value() / 100), 3),
        )
        self._display.set_value("tone", tone)

    def _show(self) -> None:
        values = {
            self.painted: self._display.opacity,
            self.predicted: self._display.prediction_share,
        }
        if self._display.tone.is_plain:
            values |= dict.fromkeys((self.brightness, self.contrast, self.gamma), 0.0)
        for slider, value in values.items():
            with QSignalBlocker(slider):
                slider.setValue(round(100 * value))


def _slider(lowest: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(lowest, 100)
    slider.setFixedWidth(180)
    return slider
