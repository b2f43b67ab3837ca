"""How the images of an export are dealt out for training, validation and test."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QSpinBox, QWidget

from app.document.export.frame import Split
from app.ui.translation import tr


class SplitRow(QWidget):
    """Shares in percent, a seed, and what keeps images together."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.validation = QSpinBox(maximum=100, value=20, suffix=" %")
        self.test = QSpinBox(maximum=100, value=0, suffix=" %")
        self.seed = QSpinBox(maximum=2**31 - 1)
        self.seed.setToolTip(tr("The same seed and names always give the same parts"))
        self.group = QLineEdit()
        self.group.setPlaceholderText(tr("regular expression, such as ^(patient\\d+)_"))
        self.group.setToolTip(
            tr("Images whose names agree in its first group stay in one part: a patient, a video")
        )
        self.rest = QLabel()
        self.rest.setObjectName("quiet")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for column, (text, box) in enumerate(
            (
                (tr("Validation"), self.validation),
                (tr("Test"), self.test),
                (tr("Seed"), self.seed),
            )
        ):
            layout.addWidget(QLabel(text), 0, 2 * column)
            layout.addWidget(box, 0, 2 * column + 1)
        layout.addWidget(self.rest, 0, 6)
        layout.setColumnStretch(6, 1)
        layout.addWidget(QLabel(tr("Together")), 1, 0)
        layout.addWidget(self.group, 1, 1, 1, 6)
        for signal in (
            self.validation.valueChanged,
            self.test.valueChanged,
            self.seed.valueChanged,
            self.group.textChanged,
        ):
            signal.connect(self._show)
        self._show()

    @property
    def split(self) -> Split:
        """What is chosen."""
        return Split(
            validation=self.validation.value() / 100,
            test=self.test.value() / 100,
            seed=self.seed.value(),
            group=self.group.text(),
        )

    @property
    def is_valid(self) -> bool:
        """Whether the shares and the expression make sense."""
        try:
            re.compile(self.group.text())
        except re.error:
            return False
        return self.validation.value() + self.test.value() <= 100

    def show_split(self, validation: float, test: float, seed: int, group: str) -> None:
        """Show another choice."""
        self.validation.setValue(round(100 * validation))
        self.test.setValue(round(100 * test))
        self.seed.setValue(seed)
        self.group.setText(group)

    def _show(self) -> None:
        rest = 100 - self.validation.value() - self.test.value()
        if rest < 0:
            self.rest.setText(tr("more than 100 %"))
        elif not self.is_valid:
            self.rest.setText(tr("no regular expression"))
        else:
            self.rest.setText(tr("{rest} % for training", rest=rest))
        self.changed.emit()
