"""The question before an export: which files, from which images, into which folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from app.ui.translation import tr

FORMATS = (
    ("ids", "Grey PNG, value = class id (safe in every reader)"),
    ("voc", "Pascal VOC, PNG with palette"),
)
WHICH = (
    ("all", "What is shown: your pixels, else the prediction"),
    ("labels", "Only the pixels that you painted"),
    ("reviewed", "What is shown, of reviewed images only"),
)


class ExportDialog(QDialog):
    """Asks; `format_name`, `which` and `folder` hold the answers after it was accepted."""

    def __init__(self, suggested: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export masks"))
        self.formats = QComboBox()
        for name, text in FORMATS:
            self.formats.addItem(tr(text), name)
        self.which_box = QComboBox()
        for name, text in WHICH:
            self.which_box.addItem(tr(text), name)
        self.folder_edit = QLineEdit(str(suggested))
        self.folder_edit.setMinimumWidth(380)
        browse = QPushButton(tr("Choose…"))
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(self.folder_edit)
        row.addWidget(browse)
        note = QLabel(
            tr("One PNG for each image, same size and name; classes.json says what the ids mean.")
        )
        note.setObjectName("quiet")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export_button = self.buttons.addButton(
            tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.folder_edit.textChanged.connect(
            lambda text: self.export_button.setEnabled(bool(text.strip()))
        )
        form = QFormLayout(self)
        form.addRow(tr("Format"), self.formats)
        form.addRow(tr("Pixels"), self.which_box)
        form.addRow(tr("Folder"), row)
        form.addRow(note)
        form.addRow(self.buttons)

    @property
    def format_name(self) -> str:
        """ "ids" or "voc"."""
        return str(self.formats.currentData())

    @property
    def which(self) -> str:
        """ "all", "labels" or "reviewed"."""
        return str(self.which_box.currentData())

    @property
    def folder(self) -> Path:
        """Where to write."""
        return Path(self.folder_edit.text().strip()).expanduser()

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Export into"), str(self.folder.parent))
        if folder:
            self.folder_edit.setText(folder)
