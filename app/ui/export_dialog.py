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

from app.document.export import FORMATS, Which
from app.ui.translation import tr

WHICH = (
    (Which.ALL, "What is shown: your pixels, else the prediction"),
    (Which.LABELS_ONLY, "Only the pixels that you painted"),
    (Which.REVIEWED, "What is shown, of reviewed images only"),
)


class ExportDialog(QDialog):
    """Asks; `format_name`, `which` and `folder` hold the answers after it was accepted."""

    def __init__(self, suggested: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export masks"))
        self.formats = QComboBox()
        for name, known in FORMATS.items():
            self.formats.addItem(tr(known.title), name)
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
        note = QLabel(tr("Masks have exactly the size of the image. Class 0 is an ordinary class."))
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
