"""All classes of a project at once: names, colours, order, merging, deleting; with a dry run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.document.class_plan import DELETED, ClassPlan, ClassTotals, PlannedClass
from app.document.errors import ClassError
from app.document.reclass import ClassCounts, count_classes
from app.ui.dialogs.class_choice import swatch
from app.ui.dialogs.work_dialog import WorkDialog
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.document.project import Project
    from app.session import Session

_ID = Qt.ItemDataRole.UserRole
_NUMBER, _NAME, _IMAGES, _PIXELS, _BECOMES = range(5)


class ClassesDialog(WorkDialog):
    """Counts first; nothing changes before *Change the classes*, and one undo takes it back."""

    def __init__(
        self, session: Session, parent: QWidget | None = None, *, class_id: int | None = None
    ) -> None:
        super().__init__(session, tr("Classes in all images"), tr("Change the classes"), parent)
        self.resize(760, 480)
        self._totals = ClassTotals.of(())
        self._problem: str | None = None
        self._compose()
        self.plan = ClassPlan.of(session.classes)
        self._show_plan(self._row_of(class_id))
        self.table.itemChanged.connect(self._take_name)
        self.table.cellDoubleClicked.connect(self._ask_colour_of)
        self.table.currentCellChanged.connect(lambda *_: self._allow())
        self._count()

    def _compose(self) -> None:
        self.table = QTableWidget(0, 5)
        self.table.setHorizontalHeaderLabels(
            [tr("Number"), tr("Name"), tr("Images"), tr("Pixels"), tr("Becomes")]
        )
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(30)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        for column in (_NUMBER, _IMAGES, _PIXELS):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for column in (_NAME, _BECOMES):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.up_button = QPushButton(tr("Move up"))
        self.down_button = QPushButton(tr("Move down"))
        self.colour_button = QPushButton(tr("Colour…"))
        self.undo_button = QPushButton(tr("Take back the last change"))
        row = QHBoxLayout()
        for button in (self.up_button, self.down_button, self.colour_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.undo_button)
        layout = QVBoxLayout(self.page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        self.up_button.clicked.connect(lambda: self.move_class(-1))
        self.down_button.clicked.connect(lambda: self.move_class(+1))
        self.colour_button.clicked.connect(lambda: self._ask_colour_of(self.table.currentRow()))
        self.undo_button.clicked.connect(self._undo)

    def act(self) -> None:
        """Change everything as planned, and close when it is done."""
        try:
            self.session.reclassing.apply(self.plan, finished=self.finish, show=self.show_progress)
        except ClassError as error:
            self.tell(str(error))
            return
        self.set_working(True)

    def move_class(self, step: int) -> None:
        """Move the chosen class up or down: classes get their numbers in this order."""
        row = self.table.currentRow()
        if row >= 0 and 0 <= row + step < len(self.plan.rows):
            rows = list(self.plan.rows)
            rows[row], rows[row + step] = rows[row + step], rows[row]
            self.plan = ClassPlan(tuple(rows))
            self._show_plan(row + step)

    def recolour(self, row: int, colour: QColor) -> None:
        """Give the class of a row another colour."""
        rgb = (colour.red(), colour.green(), colour.blue())
        self._change(row, replace(self.plan.rows[row], colour=rgb))

    def choose(self, row: int, becomes: int) -> None:
        """What the class of a row becomes, as by hand."""
        box = self.table.cellWidget(row, _BECOMES)
        assert isinstance(box, QComboBox)
        box.setCurrentIndex(box.findData(becomes))

    def _count(self) -> None:
        totals: list[ClassTotals] = []

        def steps(project: Project) -> Iterator[ClassCounts]:
            counts = []
            for count in count_classes(project):
                counts.append(count)
                yield count
            totals.append(ClassTotals.of(counts))

        def done(_counts: list[ClassCounts], _is_cancelled: bool) -> None:
            if not totals:
                self.reject()
                return
            (self._totals,) = totals
            self._show_plan(self.table.currentRow())

        total = len(self.session.project.labelled_images()) if self.session.project else 0
        self.work(tr("Counting"), steps, done, total=total)

    def _show_plan(self, current: int) -> None:
        """Fill the table; at most 254 rows."""
        self.table.blockSignals(True)
        self.table.setRowCount(len(self.plan.rows))
        for row, planned in enumerate(self.plan.rows):
            self._show_row(row, planned)
        self.table.blockSignals(False)
        self.table.setCurrentCell(max(0, current), _NAME)
        self._show_effect()

    def _show_row(self, row: int, planned: PlannedClass) -> None:
        name = QTableWidgetItem(swatch(planned.colour), planned.name)
        name.setData(_ID, planned.id)
        self.table.setItem(row, _NAME, name)
        images = self._totals.images_with((planned.id,))
        pixels = self._totals.pixels.get(planned.id, 0)
        for column, text in ((_NUMBER, ""), (_IMAGES, f"{images:,}"), (_PIXELS, f"{pixels:,}")):
            item = QTableWidgetItem(text)
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, column, item)
        box = QComboBox()
        box.addItem(tr("stays"), planned.id)
        for other in self.plan.rows:
            if other.id != planned.id:
                box.addItem(swatch(other.colour), tr("goes into {name}", name=other.name), other.id)
        box.addItem(tr("is deleted: its pixels become unlabelled"), DELETED)
        box.setCurrentIndex(box.findData(planned.becomes))
        box.setAccessibleName(tr("What {name} becomes", name=planned.name))
        box.currentIndexChanged.connect(
            lambda _index, box=box, class_id=planned.id: self._take_target(
                class_id, box.currentData()
            )
        )
        self.table.setCellWidget(row, _BECOMES, box)

    def _show_effect(self) -> None:
        """The new numbers, and in a sentence what would change."""
        self.table.blockSignals(True)
        try:
            new = {item.name: item.id for item in self.plan.table()}
            problem = None if new else tr("A project needs a class.")
        except ClassError as error:
            new, problem = {}, str(error)
        for row, planned in enumerate(self.plan.rows):
            number = new.get(planned.name.strip()) if planned.stays else None
            item = self.table.item(row, _NUMBER)
            if item is not None:
                item.setText("–" if number is None else str(number))
        self.table.blockSignals(False)
        self._problem = problem
        self._allow()
        if problem is not None:
            self.tell(problem)
        elif self._is_same():
            self.tell(tr("Nothing would change."))
        else:
            images, pixels = self.plan.effect(self._totals)
            self.tell(
                tr(
                    "{pixels} pixels in {images} images would change. One undo takes all of it "
                    "back.",
                    pixels=f"{pixels:,}",
                    images=f"{images:,}",
                )
            )

    def _allow(self) -> None:
        row, last = self.table.currentRow(), len(self.plan.rows) - 1
        self.up_button.setEnabled(row > 0)
        self.down_button.setEnabled(0 <= row < last)
        self.colour_button.setEnabled(row >= 0)
        self.undo_button.setEnabled(self.session.reclassing.can_undo)
        is_possible = self._problem is None and not self._is_same()
        self.action_button.setEnabled(is_possible and not self.is_working)

    def _is_same(self) -> bool:
        return self.plan == ClassPlan.of(self.session.classes)

    def _change(self, row: int, planned: PlannedClass) -> None:
        rows = list(self.plan.rows)
        rows[row] = planned
        self.plan = ClassPlan(tuple(rows))
        self._show_plan(row)

    def _take_name(self, item: QTableWidgetItem) -> None:
        if item.column() == _NAME:
            rows = list(self.plan.rows)
            renamed = replace(rows[item.row()], name=item.text())
            rows[item.row()] = renamed
            self.plan = ClassPlan(tuple(rows))
            self._name_target(renamed)
            self._show_effect()

    def _name_target(self, renamed: PlannedClass) -> None:
        """The others go into it under its new name."""
        for row, planned in enumerate(self.plan.rows):
            box = self.table.cellWidget(row, _BECOMES)
            assert isinstance(box, QComboBox)
            if planned.id == renamed.id:
                box.setAccessibleName(tr("What {name} becomes", name=renamed.name))
            else:
                text = tr("goes into {name}", name=renamed.name)
                box.setItemText(box.findData(renamed.id), text)

    def _take_target(self, class_id: int, becomes: int) -> None:
        rows = tuple(replace(r, becomes=becomes) if r.id == class_id else r for r in self.plan.rows)
        self.plan = ClassPlan(rows)
        self._show_effect()

    def _ask_colour_of(self, row: int, column: int = _NUMBER) -> None:
        if row < 0 or column == _NAME:
            return
        dialog = QColorDialog(QColor(*self.plan.rows[row].colour), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.colorSelected.connect(lambda colour: self.recolour(row, colour))
        dialog.open()

    def _undo(self) -> None:
        self.set_working(True)
        self.session.reclassing.undo(finished=self.finish, show=self.show_progress)

    def _row_of(self, class_id: int | None) -> int:
        ids = [row.id for row in self.plan.rows]
        return ids.index(class_id) if class_id in ids else 0
