"""Which bands of an image are on screen, and which of their values are dark and bright."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QWidget,
)

from app.document.bands import BandLooks, automatic_range, default_looks
from app.ui.canvas.display import Display
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session

_COLOURS = ("Red", "Green", "Blue")


class BandPanel(QWidget):
    """One row for each colour: the band, its lowest and its highest value. Hidden for plain RGB."""

    def __init__(self, session: Session, display: Display, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._display = display
        self.single = QCheckBox(tr("One band as grey"))
        self.automatic = QCheckBox(tr("Range from the values"))
        self.automatic.setToolTip(tr("All but the darkest and the brightest 0.1 %"))
        self.rows = [_Row(tr(name)) for name in _COLOURS]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.single, 0, 0, 1, 2)
        grid.addWidget(self.automatic, 0, 2, 1, 2)
        for number, row in enumerate(self.rows, 1):
            for column, part in enumerate((row.title, row.band, row.low, row.high)):
                grid.addWidget(part, number, column)
            row.band.currentIndexChanged.connect(self._choose)
            row.low.valueChanged.connect(self._choose)
            row.high.valueChanged.connect(self._choose)
        self.single.toggled.connect(self._choose)
        self.automatic.toggled.connect(self._choose)
        session.image_changed.connect(self._take_image)
        display.changed.connect(self._show)
        self._take_image()

    def _take_image(self) -> None:
        image = self._session.image
        bands = None if image is None else image.bands
        self.setVisible(bands is not None)
        if bands is None:
            return
        looks = self._display.bands
        if looks is not None and max(looks.shown) >= bands.shape[2]:
            self._display.set_value("bands", None)
        for row in self.rows:
            row.offer(bands.shape[2])
        self._show()

    def _show(self) -> None:
        image = self._session.image
        if image is None or image.bands is None:
            return
        looks = self._display.bands or default_looks(image.bands)
        is_single = len(looks.shown) == 1
        is_automatic = looks.ranges[0] is None
        with QSignalBlocker(self.single), QSignalBlocker(self.automatic):
            self.single.setChecked(is_single)
            self.automatic.setChecked(is_automatic)
        self.single.setEnabled(image.bands.shape[2] >= 2)
        for number, row in enumerate(self.rows):
            row.show_part(looks, number, is_single=is_single, is_automatic=is_automatic)

    def _choose(self) -> None:
        image = self._session.image
        if image is None or image.bands is None:
            return
        rows = self.rows[:1] if self.single.isChecked() else self.rows
        shown = tuple(row.band.currentIndex() for row in rows)
        before = self._display.bands
        ranges: tuple[tuple[float, float] | None, ...] = (None,) * len(rows)
        if not self.automatic.isChecked():
            was_automatic = before is None or before.ranges[0] is None
            ranges = tuple(
                _sampled_range(image.bands[:, :, band])
                if was_automatic
                else (row.low.value(), row.high.value())
                for band, row in zip(shown, rows, strict=True)
            )
        looks = BandLooks(shown, ranges)
        is_default = looks == default_looks(image.bands)
        self._display.set_value("bands", None if is_default else looks)


class _Row:
    """The parts of one row."""

    def __init__(self, title: str) -> None:
        self.title = QLabel(title)
        self.band = QComboBox()
        self.low, self.high = _number(), _number()

    def offer(self, count: int) -> None:
        """List the bands."""
        with QSignalBlocker(self.band):
            self.band.clear()
            self.band.addItems([tr("Band {number}", number=n + 1) for n in range(count)])

    def show_part(
        self, looks: BandLooks, number: int, *, is_single: bool, is_automatic: bool
    ) -> None:
        """Show what is chosen for this colour."""
        is_used = number < len(looks.shown)
        self.title.setText(tr("Grey") if is_single else tr(_COLOURS[number]))
        for part in (self.title, self.band):
            part.setVisible(is_used)
        for field in (self.low, self.high):
            field.setVisible(is_used and not is_automatic)
        if not is_used:
            return
        with QSignalBlocker(self.band):
            self.band.setCurrentIndex(looks.shown[number])
        chosen = looks.ranges[number]
        for field, place in ((self.low, 0), (self.high, 1)):
            if chosen is not None:
                with QSignalBlocker(field):
                    field.setValue(chosen[place])


def _number() -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(-1e9, 1e9)
    field.setDecimals(2)
    field.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
    field.setKeyboardTracking(False)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    return field


def _sampled_range(band: NDArray[Any]) -> tuple[float, float]:
    """The automatic range of some of the pixels, to begin with: the image may be large."""
    step = max(1, int((band.size / 250_000) ** 0.5))
    return automatic_range(band[::step, ::step])
