"""The button for brightness, contrast and gamma, with their sliders in a small panel."""

from __future__ import annotations

from dataclasses import replace

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

from app.ui.canvas.display import Display
from app.ui.canvas.tone import Tone
from app.ui.icons import icon
from app.ui.translation import tr


class ToneButton(QToolButton):
    """Opens the sliders; one button in the panel sets all back."""

    def __init__(self, display: Display, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._display = display
        self.take_palette()
        self.setToolTip(tr("Brightness, contrast and gamma of the picture; data stays as it is"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.brightness, self.contrast, self.gamma = _slider(), _slider(), _slider()
        reset = QPushButton(tr("As it is"))
        panel = QWidget()
        form = QFormLayout(panel)
        form.addRow(tr("Brightness"), self.brightness)
        form.addRow(tr("Contrast"), self.contrast)
        form.addRow(tr("Gamma"), self.gamma)
        form.addRow(reset)
        action = QWidgetAction(self)
        action.setDefaultWidget(panel)
        menu = QMenu(self)
        menu.addAction(action)
        self.setMenu(menu)
        for slider in (self.brightness, self.contrast, self.gamma):
            slider.valueChanged.connect(self._take)
        reset.clicked.connect(lambda: display.set_value("tone", Tone()))
        display.changed.connect(self._show)

    def take_palette(self) -> None:
        """Draw the icon for the palette in use."""
        self.setIcon(icon("tone"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.take_palette()

    def _take(self) -> None:
        tone = replace(
            self._display.tone,
            brightness=self.brightness.value() / 100,
            contrast=self.contrast.value() / 100,
            gamma=round(5 ** (self.gamma.value() / 100), 3),
        )
        self._display.set_value("tone", tone)

    def _show(self) -> None:
        if self._display.tone.is_plain:
            for slider in (self.brightness, self.contrast, self.gamma):
                with QSignalBlocker(slider):
                    slider.setValue(0)


def _slider() -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(-100, 100)
    slider.setFixedWidth(180)
    return slider
