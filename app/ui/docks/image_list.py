"""The images of the folder as rows: name and state, filtered by both; quick with 20,000."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from app.document.project import ImageItem
    from app.session import Session

Index = QModelIndex | QPersistentModelIndex
ITEM_ROLE = 257


class ImageModel(QAbstractListModel):
    """The images that pass the filter, in the order of the folder or of the queue."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._items: list[ImageItem] = []
        self._rows: dict[int, int] = {}
        self._text = ""
        self._states: frozenset[str] = frozenset()
        session.images_changed.connect(self._take)
        session.images_found.connect(self._take_found)
        session.queue_changed.connect(self._load)
        session.project_closed.connect(self._load)

    def rowCount(self, parent: Index | None = None) -> int:
        """One row for each image that passes."""
        return len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The name, the whole item, and why an image failed."""
        item = self._items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.name
        if role == ITEM_ROLE:
            return item
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.error or item.name
        return None

    def set_filter(self, text: str, states: Iterable[str]) -> None:
        """Show images whose name holds `text` (any case) and whose state is one of `states`.

        No states at all means any state.
        """
        self._text, self._states = text.casefold(), frozenset(states)
        self._load()

    def row_of(self, image_id: int) -> int | None:
        """The row of an image, or None when it is filtered out."""
        return self._rows.get(image_id)

    def _take(self, ids: tuple[int, ...]) -> None:
        project = self._session.project
        if not ids or project is None:
            self._load()
            return
        for image_id in ids:
            row = self._rows.get(image_id)
            item = project.images.get(image_id)
            if row is None or item is None:
                continue
            # It stays in its row although it may no longer pass: rows that jump away under the
            # pointer are worse. The next change of the filter sorts it out.
            self._items[row] = item
            here = self.index(row)
            self.dataChanged.emit(here, here)

    def _take_found(self, ids: tuple[int, ...]) -> None:
        """A folder is read bit by bit: what is new comes last, and nothing else is touched."""
        project = self._session.project
        if project is None:
            return
        known = tuple(image_id for image_id in ids if image_id in self._rows)
        if known:
            self._take(known)
        images = project.images
        items = [images[i] for i in ids if i in images and i not in self._rows]
        items = [item for item in items if self._passes(item)]
        if not items:
            return
        first = len(self._items)
        self.beginInsertRows(QModelIndex(), first, first + len(items) - 1)
        self._items += items
        self._rows |= {item.id: row for row, item in enumerate(items, first)}
        self.endInsertRows()

    def _load(self) -> None:
        items = [item for item in self._session.images() if self._passes(item)]
        if self._session.queue.is_followed:
            ranks = {image_id: rank for rank, image_id in enumerate(self._session.queue.order)}
            items.sort(key=lambda item: ranks.get(item.id, len(ranks)))
        known = len(self._items)
        is_longer = len(items) > known and [i.id for i in items[:known]] == list(self._rows)
        if is_longer:
            # A folder is read bit by bit: rows are added at the end, and the scroll bar stays.
            self.beginInsertRows(QModelIndex(), known, len(items) - 1)
        else:
            self.beginResetModel()
        self._items = items
        self._rows = {item.id: row for row, item in enumerate(items)}
        if is_longer:
            self.endInsertRows()
        else:
            self.endResetModel()

    def _passes(self, item: ImageItem) -> bool:
        if self._states and item.state not in self._states:
            return False
        return not self._text or self._text in item.name.casefold()
