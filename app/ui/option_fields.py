"""The fields of the options bar: each shows one setting of the tools, and changes it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from app.ui.histogram import Histogram
from app.ui.tools.mend import NAMES
from app.ui.tools.options import MAX_RADIUS, ToolOptions
from app.ui.tools.pixels.morphology import Mending
from app.ui.tools.pixels.stroke import BrushShape
from app.ui.tools.pixels.threshold import Cut
from app.ui.translation import tr

SIZE_TIPS = {
    Mending.REMOVE_SPECKS: "Areas smaller than a square of this side go",
    Mending.SMOOTH: "What is narrower than this goes",
    Mending.GROW: "By how much the edge moves",
    Mending.SHRINK: "By how much the edge moves",
}


class OptionField(QWidget):
    """A quiet label and its widgets; `uses` is the setting that a tool must use to show it."""

    uses = ""

    def __init__(self, options: ToolOptions, label: str, *widgets: QWidget) -> None:
        super().__init__()
        self.options = options
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        if label:
            row.addWidget(quiet_label(label))
        for widget in widgets:
            row.addWidget(widget)

    def show_options(self) -> None:
        """Show the settings as they are now, without changing them."""


class SizeField(OptionField):
    """How wide the brush is."""

    uses = "radius"

    def __init__(self, options: ToolOptions) -> None:
        self.box = QSpinBox(minimum=1, maximum=2 * MAX_RADIUS + 1, singleStep=2)
        self.box.setSuffix(tr(" px"))
        self.box.setToolTip(tr("Brush size ([ and ], or Alt+wheel)"))
        super().__init__(options, tr("Size"), self.box)
        self.box.valueChanged.connect(lambda size: options.set_radius(size // 2))
        self.box.editingFinished.connect(self.show_options)

    def show_options(self) -> None:
        """Show the width in pixels."""
        with QSignalBlocker(self.box):
            self.box.setValue(2 * self.options.radius + 1)


class ShapeField(OptionField):
    """Round or square, and whether a pen's pressure counts."""

    uses = "shape"

    def __init__(self, options: ToolOptions) -> None:
        self.shape = choices({tr("Round"): BrushShape.ROUND, tr("Square"): BrushShape.SQUARE})
        self.pressure = QCheckBox(tr("Pressure"))
        self.pressure.setToolTip(tr("Press a pen harder for a wider stroke"))
        super().__init__(options, "", self.shape, self.pressure)
        self.shape.currentIndexChanged.connect(
            lambda: options.set_value("shape", self.shape.currentData())
        )
        self.pressure.toggled.connect(lambda is_on: options.set_value("uses_pressure", is_on))

    def show_options(self) -> None:
        """Show the shape."""
        with QSignalBlocker(self.shape), QSignalBlocker(self.pressure):
            self.shape.setCurrentIndex(self.shape.findData(self.options.shape))
            self.pressure.setChecked(self.options.uses_pressure)


class NumberField(OptionField):
    """A whole number of one name; `zero` is what the least one is called."""

    def __init__(
        self,
        options: ToolOptions,
        name: str,
        label: str,
        limits: Sequence[int],
        tip: str,
        zero: str = "",
    ) -> None:
        self.uses = name
        self.box = QSpinBox(minimum=limits[0], maximum=limits[1])
        self.box.setSpecialValueText(zero)
        self.box.setToolTip(tip)
        super().__init__(options, label, self.box)
        self.box.valueChanged.connect(lambda value: options.set_value(name, value))

    def show_options(self) -> None:
        """Show the number."""
        with QSignalBlocker(self.box):
            self.box.setValue(getattr(self.options, self.uses))


class ThresholdField(OptionField):
    """Where the line between bright and dark is drawn, over the histogram of the box."""

    uses = "threshold"

    def __init__(self, options: ToolOptions) -> None:
        self.cut = choices(
            {tr("Automatic"): Cut.OTSU, tr("By hand"): Cut.MANUAL, tr("Local"): Cut.ADAPTIVE}
        )
        self.cut.setToolTip(
            tr("Automatic: Otsu's level. By hand: the line you drag. Local: the mean around")
        )
        self.histogram = Histogram()
        self.reach = QSpinBox(minimum=3, maximum=999, singleStep=2)
        self.reach.setPrefix(tr("around: "))
        self.reach.setSuffix(tr(" px"))
        self.reach.setToolTip(tr("How far around a pixel the mean is taken"))
        self.offset = QSpinBox(minimum=-100, maximum=100)
        self.offset.setPrefix(tr("at least: "))
        self.offset.setToolTip(tr("How much brighter or darker than the mean, in grey values"))
        self.side = choices({tr("bright pixels"): False, tr("dark pixels"): True})
        super().__init__(options, "", self.cut, self.histogram, self.reach, self.offset, self.side)
        self.cut.currentIndexChanged.connect(
            lambda: options.set_threshold(cut=self.cut.currentData())
        )
        self.histogram.level_dragged.connect(
            lambda level: options.set_threshold(cut=Cut.MANUAL, level=level)
        )
        self.reach.valueChanged.connect(lambda value: options.set_threshold(window=value))
        self.offset.valueChanged.connect(lambda value: options.set_threshold(offset=value))
        self.side.currentIndexChanged.connect(
            lambda: options.set_threshold(takes_dark=self.side.currentData())
        )

    def show_options(self) -> None:
        """Show the rule; the level for the cuts that have one, the mean for the one by means."""
        rule = self.options.threshold
        is_local = rule.cut is Cut.ADAPTIVE
        self.histogram.setVisible(not is_local)
        self.reach.setVisible(is_local)
        self.offset.setVisible(is_local)
        self.histogram.show_counts(self.options.histogram, rule.level)
        with (
            QSignalBlocker(self.cut),
            QSignalBlocker(self.reach),
            QSignalBlocker(self.offset),
            QSignalBlocker(self.side),
        ):
            self.cut.setCurrentIndex(self.cut.findData(rule.cut))
            self.reach.setValue(rule.window)
            self.offset.setValue(rule.offset)
            self.side.setCurrentIndex(self.side.findData(rule.takes_dark))


class MendField(OptionField):
    """What is mended in a box, and by how many pixels."""

    uses = "mending"

    def __init__(self, options: ToolOptions) -> None:
        self.mending = choices({tr(name): mending for mending, name in NAMES.items()})
        self.size_box = QSpinBox(minimum=1, maximum=200)
        self.size_box.setSuffix(tr(" px"))
        super().__init__(options, "", self.mending, self.size_box)
        self.mending.currentIndexChanged.connect(
            lambda: options.set_value("mending", self.mending.currentData())
        )
        self.size_box.valueChanged.connect(lambda size: options.set_value("mend_size", size))

    def show_options(self) -> None:
        """Show the mending, and what its size means."""
        mending = self.options.mending
        self.size_box.setVisible(mending in SIZE_TIPS)
        self.size_box.setToolTip(tr(SIZE_TIPS.get(mending, "")))
        with QSignalBlocker(self.mending), QSignalBlocker(self.size_box):
            self.mending.setCurrentIndex(self.mending.findData(mending))
            self.size_box.setValue(self.options.mend_size)


def option_fields(options: ToolOptions) -> list[OptionField]:
    """The fields in their order, but for the target."""
    return [
        SizeField(options),
        ShapeField(options),
        NumberField(
            options,
            "tolerance",
            tr("Tolerance"),
            (0, 255),
            tr("How much the colour may differ (or drag sideways)"),
        ),
        NumberField(
            options,
            "fill_tolerance",
            tr("Tolerance"),
            (0, 255),
            tr("How much the colour may differ within the class (then also: drag sideways)"),
            zero=tr("any colour"),
        ),
        NumberField(
            options,
            "superpixel_size",
            tr("Grain"),
            (6, 120),
            tr("About how many pixels wide a superpixel is"),
        ),
        ThresholdField(options),
        MendField(options),
    ]


def choices(values: dict[str, object]) -> QComboBox:
    """A box to choose one of these texts; its data are the values."""
    box = QComboBox()
    for text, value in values.items():
        box.addItem(text, value)
    return box


def quiet_label(text: str) -> QLabel:
    """A label that stays behind what it names."""
    label = QLabel(text)
    label.setObjectName("quiet")
    label.setContentsMargins(8, 0, 4, 0)
    return label
