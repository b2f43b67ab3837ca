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
    """From the opened image down to the newest edit; what was undone is pale, the row of what is
    on screen is highlighted. The first row tells when the oldest steps were dropped.
    """

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
        history = self._session.image.history
        entries = history.entries()
        done = sum(not entry.is_undone for entry in entries)
        if history.forgotten_until is not None:
            self._tell(tr("Older steps are no longer kept"))
        self._add(tr("Opened"), 0, done, is_undone=False)
        first = max(0, len(entries) - MOST_ROWS)
        for number, entry in enumerate(entries[first:], start=first + 1):
            clock = datetime.fromtimestamp(entry.edit.created).strftime("%H:%M")
            text = f"{entry.edit.name}    {clock}"
            self._add(text, number, done, is_undone=entry.is_undone)

    def _tell(self, text: str) -> None:
        """A pale row that leads nowhere."""
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
        self.list.addItem(item)

    def _add(self, text: str, number: int, done: int, *, is_undone: bool) -> None:
        """A row that leads to the state after `number` edits, of which `done` count now."""
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, number)
        if is_undone:
            item.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
        self.list.addItem(item)
        if number == done:
            self.list.setCurrentItem(item)
            self.list.scrollToItem(item)

    def _go_to(self, item: QListWidgetItem) -> None:
        """Undo or redo until this edit is the last one that counts."""
        image = self._session.image
        if image is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        steps = int(item.data(Qt.ItemDataRole.UserRole)) - len(image.history)
        editing = self._session.editing
        for _ in range(abs(steps)):
            if not (editing.redo() if steps > 0 else editing.undo()):
                return
