"""The files of an import as rows: which image each is for, and what would change there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from app.document.importing import Choices, Surveyed, effect
from app.document.importing.frame import Ids
from app.ui.translation import tr

Index = QModelIndex | QPersistentModelIndex


class SurveyList(QAbstractTableModel):
    """What needs attention comes first. A row is worked out when it is looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[Surveyed] = ()
        self._names: dict[int, str] = {}
        self._lookup: Ids | None = None
        self._choices = Choices()

    def show_files(self, rows: Sequence[Surveyed], names: dict[int, str]) -> None:
        """Show these, in this order; `names` are those of the images by id."""
        self.beginResetModel()
        self._rows, self._names, self._lookup = rows, names, None
        self.endResetModel()

    def show_choices(self, lookup: Ids, choices: Choices) -> None:
        """What the classes become was chosen anew."""
        self._lookup, self._choices = lookup, choices
        if self._rows:
            last = self.index(len(self._rows) - 1, 2)
            self.dataChanged.emit(self.index(0, 2), last)

    def rowCount(self, parent: Index | None = None) -> int:
        """One row a file."""
        return len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """File, image, what happens."""
        return 3

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """What the columns are."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("File"), tr("Image"), tr("What would happen"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The texts of a row; the whole text also as a tool tip."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        row = self._rows[index.row()]
        if index.column() == 0:
            return row.name
        if index.column() == 1:
            return "—" if row.image_id is None else self._names.get(row.image_id, "—")
        return self._sentence(row)

    def _sentence(self, row: Surveyed) -> str:
        if row.problem is not None:
            return row.problem
        if row.image_id is None:
            return tr("left out: no image has this name")
        size = ""
        if row.has_other_size:
            mask, image = ("{} x {}".format(*size) for size in (row.mask_size, row.image_size))
            if not self._choices.resizes:
                return tr("left out: it is {mask}, the image {image}", mask=mask, image=image)
            size = tr(", fitted from {mask} to {image}", mask=mask, image=image)
        if self._lookup is None:
            return ""
        done = effect(row, self._lookup, self._choices)
        if not done.changed:
            return tr("nothing changes") + size
        text = tr("{count} pixels", count=f"{done.changed:,}")
        if done.replaced:
            text += tr(", {count} of them labelled otherwise now", count=f"{done.replaced:,}")
        return text + size
