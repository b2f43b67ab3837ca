"""The list of strokes worth a second look: a click goes there, flip or keep decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.translation import tr

if TYPE_CHECKING:
    from app.engine.events import Conflict
    from app.session import Session

ICON_SIZE = 72


class ConflictDialog(QDialog):
    """Stays open beside the canvas while the person goes through the list."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Check the strokes"))
        self._session = session
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.list = QListWidget()
        self.list.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        self.list.setSpacing(2)
        self.list.setWordWrap(True)
        self.list.setAccessibleName(tr("Strokes worth a second look"))
        self.flip_button = QPushButton(tr("Flip"))
        self.flip_button.setToolTip(tr("Give it the suggested class; Ctrl+Z takes it back"))
        self.keep_button = QPushButton(tr("Keep"))
        self.keep_button.setToolTip(tr("The stroke is right: never ask again"))
        self.again_button = QPushButton(tr("Look again"))
        self.again_button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addWidget(self.flip_button)
        buttons.addWidget(self.keep_button)
        buttons.addStretch(1)
        buttons.addWidget(self.again_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.sentence)
        layout.addWidget(self.list, 1)
        layout.addLayout(buttons)
        self.resize(380, 560)

        self.list.currentItemChanged.connect(self._go)
        self.list.itemClicked.connect(self._go)
        self.flip_button.clicked.connect(self._flip)
        self.keep_button.clicked.connect(self._keep)
        self.again_button.clicked.connect(session.conflicts.find)
        session.conflicts_changed.connect(self._show)
        session.project_closed.connect(self.close)
        self._show()

    @property
    def chosen(self) -> Conflict | None:
        """The conflict of the selected row."""
        item = self.list.currentItem()
        return None if item is None else item.data(Qt.ItemDataRole.UserRole)

    def _show(self) -> None:
        conflicts = self._session.conflicts
        row = max(0, self.list.currentRow())
        self.list.blockSignals(True)
        self.list.clear()
        for conflict in conflicts.found:
            self.list.addItem(self._row(conflict))
        self.list.blockSignals(False)
        self.sentence.setText(conflicts.sentence)
        self.again_button.setEnabled(not conflicts.is_searching)
        for button in (self.flip_button, self.keep_button):
            button.setEnabled(bool(conflicts.found))
        if conflicts.found:
            self.list.setCurrentRow(min(row, len(conflicts.found) - 1))

    def _row(self, conflict: Conflict) -> QListWidgetItem:
        height, width, _ = conflict.picture.shape
        pixels = np.ascontiguousarray(conflict.picture)
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        text = tr(
            "{was} → {suggested}\n{image}\n{size} pixels, {sure} % sure",
            was=self._class_name(conflict.class_id),
            suggested=self._class_name(conflict.suggested),
            image=conflict.key,
            size=conflict.size,
            sure=round(100 * conflict.confidence),
        )
        item = QListWidgetItem(QIcon(QPixmap.fromImage(image)), text)
        item.setData(Qt.ItemDataRole.UserRole, conflict)
        return item

    def _class_name(self, class_id: int) -> str:
        classes = self._session.classes
        return classes.by_id(class_id).name if classes.has(class_id) else str(class_id)

    def _go(self) -> None:
        if self.chosen is not None:
            self._session.conflicts.show(self.chosen)

    def _flip(self) -> None:
        if self.chosen is not None:
            self._session.conflicts.flip(self.chosen)

    def _keep(self) -> None:
        if self.chosen is not None:
            self._session.conflicts.keep(self.chosen)
