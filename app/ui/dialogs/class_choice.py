"""A table of the classes of an import: how many pixels each has, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QComboBox, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.document.classes import UNLABELLED, ClassTable, Colour
from app.document.errors import LabelImportError
from app.document.importing import NewClass, SourceClass, Target, proposal
from app.ui.translation import tr


class ClassChoice(QTableWidget):
    """One row a class of the source; `targets` is what is chosen. At most 255 rows."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self.setHorizontalHeaderLabels([tr("In the masks"), tr("Pixels"), tr("Becomes")])
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(30)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self._boxes: dict[int, QComboBox] = {}

    @property
    def targets(self) -> dict[int, Target]:
        """The choice for every class of the source, by its number."""
        return {number: box.currentData() for number, box in self._boxes.items()}

    def show_classes(
        self, classes: Iterable[SourceClass], pixels: Mapping[int, int], table: ClassTable
    ) -> None:
        """Show the classes that were found, with a proposal for each.

        Pixels of no class get a row of their own: they may become the background, say.
        """
        self._boxes.clear()
        found = list(classes)
        has_rest = pixels.get(UNLABELLED) and not any(item.is_foreground for item in found)
        rest = [SourceClass(UNLABELLED)] if has_rest else []
        self.setRowCount(len(found) + len(rest))
        for row, item in enumerate((*found, *rest)):
            name = QTableWidgetItem(_title(item))
            if item.colour is not None:
                name.setIcon(swatch(item.colour))
            count = QTableWidgetItem(f"{pixels.get(item.number, 0):,}")
            count.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, 0, name)
            self.setItem(row, 1, count)
            box = _target_box(item, table)
            box.setAccessibleName(tr("What {name} becomes", name=_title(item)))
            box.currentIndexChanged.connect(self.changed)
            self._boxes[item.number] = box
            self.setCellWidget(row, 2, box)

    def choose(self, number: int, target: Target) -> None:
        """Choose for a class of the source, as by hand."""
        box = self._boxes[number]
        box.setCurrentIndex(next(i for i in range(box.count()) if box.itemData(i) == target))


def _title(item: SourceClass) -> str:
    if item.number == UNLABELLED and not item.is_foreground:
        return tr("(pixels of no class)")
    return f"{item.title}  ({item.number})" if item.name else item.title


def _target_box(item: SourceClass, table: ClassTable) -> QComboBox:
    """Every class of the project, a new one, or nothing; the likeliest is chosen."""
    box = QComboBox()
    for known in table:
        box.addItem(swatch(known.colour), known.name, known.id)
    if item.number != UNLABELLED or item.is_foreground:
        new = NewClass(item.title, item.colour, item.wanted)
        box.addItem(tr("New class “{name}”", name=item.title), new)
    box.addItem(tr("Leave out"), None)
    try:
        wanted = proposal(table, item)
    except LabelImportError:
        wanted = None
    index = next((i for i in range(box.count()) if box.itemData(i) == wanted), box.count() - 1)
    box.setCurrentIndex(index)
    return box


def swatch(colour: Colour) -> QIcon:
    """A small square of a colour."""
    pixmap = QPixmap(14, 14)
    pixmap.fill(QColor(*colour))
    return QIcon(pixmap)
