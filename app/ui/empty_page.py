"""What is shown while no folder is open: three ways to begin."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.recent import recent_folders
from app.ui.translation import tr


class EmptyPage(QWidget):
    """Open a folder, try the sample, or take a folder of before."""

    open_wanted = Signal()
    sample_wanted = Signal()
    folder_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel(tr("Masks for your own images"))
        title.setObjectName("title")
        text = QLabel(
            tr(
                "Open a folder: Maskloop segments every image. Paint over what is wrong, and it\n"
                "learns while you paint. Nothing leaves this computer."
            )
        )
        text.setObjectName("quiet")
        text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.open_button = QPushButton(tr("Open a folder of images"))
        self.open_button.setObjectName("primary")
        self.sample_button = QPushButton(tr("Try the sample"))
        self.sample_button.setObjectName("link")
        drop = QLabel(tr("or drop a folder anywhere in this window"))
        drop.setObjectName("quiet")
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)

        layout = QVBoxLayout(self)
        layout.addStretch(3)
        layout.setSpacing(10)
        for widget in (title, text, self.open_button, drop, self.sample_button):
            layout.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(18)
        layout.addLayout(self._recent)
        layout.addStretch(4)
        self.open_button.clicked.connect(self.open_wanted)
        self.sample_button.clicked.connect(self.sample_wanted)

    def showEvent(self, event: QShowEvent) -> None:
        """Read the list of folders anew."""
        super().showEvent(event)
        while (item := self._recent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        folders = recent_folders()
        if folders:
            caption = QLabel(tr("Recent folders"))
            caption.setObjectName("quiet")
            self._recent.addWidget(caption, alignment=Qt.AlignmentFlag.AlignHCenter)
        for folder in folders:
            self._recent.addWidget(
                self._folder_button(folder), alignment=Qt.AlignmentFlag.AlignHCenter
            )

    def _folder_button(self, folder: Path) -> QPushButton:
        button = QPushButton(str(folder))
        button.setObjectName("link")
        button.clicked.connect(lambda: self.folder_chosen.emit(folder))
        return button
