"""The history panel: the edits of the image on screen; a click goes back or forth to one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session

MOST_ROWS = 200


class HistoryDock(QWidget):
    """The newest edit is on top; edits that were undone are pale."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.list = QListWidget()
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(tr("History"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        self.list.itemClicked.connect(self._go_to)
        session.history_changed.connect(self._show)
        session.image_changed.connect(self._show)

    def _show(self) -> None:
        self.list.clear()
        if self._session.image is None:
            return
        entries = self._session.image.history.entries()
        done = sum(not entry.is_undone for entry in entries)
        pale = self.palette().color(QPalette.ColorRole.PlaceholderText)
        for number in range(len(entries), max(0, len(entries) - MOST_ROWS), -1):
            entry = entries[number - 1]
            clock = datetime.fromtimestamp(entry.edit.created).strftime("%H:%M")
            item = QListWidgetItem(f"{entry.edit.name}    {clock}")
            item.setData(Qt.ItemDataRole.UserRole, number)
            if entry.is_undone:
                item.setForeground(pale)
            self.list.addItem(item)
            if number == done:
                item.setSelected(True)
        start = QListWidgetItem(tr("As it was opened first"))
        start.setData(Qt.ItemDataRole.UserRole, 0)
        start.setForeground(pale)
        self.list.addItem(start)

    def _go_to(self, item: QListWidgetItem) -> None:
        """Undo or redo until this edit is the last one that counts."""
        image, wanted = self._session.image, int(item.data(Qt.ItemDataRole.UserRole))
        if image is None:
            return
        steps = wanted - len(image.history)
        for _ in range(abs(steps)):
            if steps > 0:
                self._session.editing.redo()
            else:
                self._session.editing.undo()
