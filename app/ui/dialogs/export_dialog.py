"""The question before an export: the format and its wishes, which pixels, into which folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from app.document.export import FORMATS, ExportOptions, Which
from app.ui.dialogs.split_row import SplitRow
from app.ui.translation import tr

WHICH = (
    (Which.ALL, "What is shown: your pixels, else the prediction"),
    (Which.LABELS_ONLY, "Only the pixels that you painted"),
    (Which.REVIEWED, "What is shown, of reviewed images only"),
)

WISHES = (
    ("Shapes", "as_polygons"),
    ("A pixel is", "pixel_size"),
    ("Opacity", "opacity"),
    ("", "one_hot"),
    ("", "with_images"),
    ("", "with_background"),
    ("Split", "split"),
)
"""The label of each wish, in the order of the form."""


class ExportDialog(QDialog):
    """Asks; `format_name`, `which`, `options` and `folder` are the answers when it was accepted.

    `remembered` is an earlier `memory`: the dialogue opens as it was left.
    """

    def __init__(
        self,
        suggested: Path,
        parent: QWidget | None = None,
        *,
        remembered: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export masks"))
        self.setMinimumWidth(620)
        self._compose(suggested)
        self.formats.currentIndexChanged.connect(self._show_format)
        self.folder_edit.textChanged.connect(self._allow)
        self.split_row.changed.connect(self._allow)
        if remembered:
            self._remember(remembered)
        self._show_format()

    def _compose(self, suggested: Path) -> None:
        self._make_choices()
        self._make_wishes()
        place = self._made_place(suggested)
        self._make_buttons()
        note = tr("Afterwards every file is read again as other programs do, and compared.")
        self.form = QFormLayout(self)
        self.form.addRow(tr("Format"), self.formats)
        self.form.addRow("", self.description)
        self.form.addRow(tr("Pixels"), self.which_box)
        self.form.addRow(tr("Depth"), self.bits)
        for label, option in WISHES:
            self.form.addRow(tr(label) if label else "", self._rows[option])
        self.form.addRow(tr("Folder"), place)
        self.form.addRow("", _quiet(note))
        self.form.addRow(self.buttons)

    def _make_choices(self) -> None:
        """What every export is asked: the format and which pixels."""
        self.formats = QComboBox()
        for name, known in FORMATS.items():
            if name != "ids16":  # This is `ids` with 16 bits, below.
                self.formats.addItem(tr(known.title), name)
        self.formats.setMaxVisibleItems(20)
        self.description = _quiet()
        self.which_box = QComboBox()
        for which, text in WHICH:
            self.which_box.addItem(tr(text), which)
        self.bits = QComboBox()
        self.bits.addItem(tr("8 bits (255 is unlabelled)"), "ids")
        self.bits.addItem(tr("16 bits (65535 is unlabelled)"), "ids16")

    def _make_wishes(self) -> None:
        """A row for each field of `ExportOptions`: shown for the formats that heed it."""
        self.masks_button = QRadioButton(tr("Exact masks"))
        self.polygons_button = QRadioButton(tr("Polygons"))
        self.masks_button.setChecked(True)
        group = QButtonGroup(self)
        group.addButton(self.masks_button)
        group.addButton(self.polygons_button)
        self.one_hot = QCheckBox(tr("With a layer for each class (one-hot)"))
        self.one_hot.setChecked(True)
        self.with_images = QCheckBox(tr("With copies of the images"))
        self.with_images.setChecked(True)
        self.with_background = QCheckBox(tr("Class 0 is an object too"))
        self.pixel_size = QDoubleSpinBox(decimals=6, minimum=0.000001, maximum=1e9, value=1.0)
        self.unit = QComboBox(editable=True)
        self.unit.addItems(["px", "nm", "um", "mm", "cm", "m"])
        self.opacity = QDoubleSpinBox(decimals=2, minimum=0.0, maximum=1.0, value=0.5)
        self.opacity.setSingleStep(0.1)
        self.split_row = SplitRow()
        self._rows: dict[str, QWidget] = {
            "as_polygons": _row(self.masks_button, self.polygons_button),
            "pixel_size": _row(self.pixel_size, self.unit),
            "opacity": self.opacity,
            "one_hot": self.one_hot,
            "with_images": self.with_images,
            "with_background": self.with_background,
            "split": self.split_row,
        }

    def _made_place(self, suggested: Path) -> QWidget:
        self.folder_edit = QLineEdit(str(suggested))
        browse = QPushButton(tr("Choose…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        place = QWidget()
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.folder_edit, 1)
        row.addWidget(browse)
        return place

    def _make_buttons(self) -> None:
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export_button = self.buttons.addButton(
            tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.export_button.setDefault(True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    @property
    def format_name(self) -> str:
        """The name of the chosen format."""
        name = str(self.formats.currentData())
        return str(self.bits.currentData()) if name == "ids" else name

    @property
    def which(self) -> Which:
        """Which images and pixels."""
        return Which(self.which_box.currentData())

    @property
    def options(self) -> ExportOptions:
        """The wishes; a format heeds those that are shown for it."""
        return ExportOptions(
            split=self.split_row.split,
            with_images=self.with_images.isChecked(),
            as_polygons=self.polygons_button.isChecked(),
            with_background=self.with_background.isChecked(),
            one_hot=self.one_hot.isChecked(),
            pixel_size=self.pixel_size.value(),
            unit=self.unit.currentText().strip() or "px",
            opacity=self.opacity.value(),
        )

    @property
    def folder(self) -> Path:
        """Where to write."""
        return Path(self.folder_edit.text().strip()).expanduser()

    @property
    def memory(self) -> dict[str, Any]:
        """The answers as plain JSON, for the next time."""
        options = self.options
        return {
            "format": self.format_name,
            "which": str(self.which),
            "folder": str(self.folder),
            "pixel_size": options.pixel_size,
            "unit": options.unit,
            "split": [options.split.validation, options.split.test, options.split.seed],
            "group": options.split.group,
        }

    def _remember(self, memory: Mapping[str, Any]) -> None:
        name = str(memory.get("format", "ids"))
        self.formats.setCurrentIndex(max(0, self.formats.findData(name.replace("ids16", "ids"))))
        self.bits.setCurrentIndex(1 if name == "ids16" else 0)
        self.which_box.setCurrentIndex(max(0, self.which_box.findData(memory.get("which"))))
        self.folder_edit.setText(str(memory.get("folder", self.folder_edit.text())))
        self.pixel_size.setValue(float(memory.get("pixel_size", 1.0)))
        self.unit.setCurrentText(str(memory.get("unit", "px")))
        validation, test, seed = memory.get("split", (0.2, 0.0, 0))
        self.split_row.show_split(validation, test, seed, str(memory.get("group", "")))

    def _show_format(self) -> None:
        chosen = FORMATS[self.format_name]
        self.description.setText(tr(chosen.description))
        self.form.setRowVisible(self.bits, self.formats.currentData() == "ids")
        for option, row in self._rows.items():
            self.form.setRowVisible(row, option in chosen.options)
        self.adjustSize()
        self._allow()

    def _allow(self) -> None:
        is_split_good = "split" not in FORMATS[self.format_name].options or self.split_row.is_valid
        self.export_button.setEnabled(bool(self.folder_edit.text().strip()) and is_split_good)

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Export into"), str(self.folder.parent))
        if folder:
            self.folder_edit.setText(folder)


def _quiet(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setObjectName("quiet")
    return label


def _row(*widgets: QWidget) -> QWidget:
    """Widgets side by side, as one row of a form."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    layout.addStretch(1)
    return row
