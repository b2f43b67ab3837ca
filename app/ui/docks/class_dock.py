"""The class panel: choose, add, rename, recolour, hide and lock classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.docks.class_list import ID_ROLE, ClassDelegate, ClassModel
from app.ui.icons import icon
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session
    from app.ui.canvas.display import Display
    from app.ui.tools.options import ToolOptions


class ClassDock(QWidget):
    """A list of classes and a button to add one."""

    def __init__(
        self,
        session: Session,
        display: Display,
        options: ToolOptions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.model = ClassModel(session, self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.delegate = ClassDelegate(display, options, self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.list.setToolTip(
            tr("Double-click the name or the colour to change it; eye hides, lock protects")
        )
        self.list.setAccessibleName(tr("Classes"))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.add_button = QPushButton(icon("plus"), tr("Add class"))
        self.add_button.setFlat(True)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.list)
        layout.addWidget(self.add_button, alignment=Qt.AlignmentFlag.AlignLeft)

        self.list.clicked.connect(self._choose)
        self.add_button.clicked.connect(self.add)
        self.delegate.swatch_clicked.connect(self.recolour)
        session.class_selected.connect(self._show_selected)
        session.project_opened.connect(self._show_project)
        session.project_closed.connect(self._show_project)
        self.model.modelReset.connect(lambda: self._show_selected(session.current_class))
        display.changed.connect(self.list.viewport().update)
        options.changed.connect(self.list.viewport().update)
        self._show_project()

    def add(self) -> None:
        """Add a class and let its name be typed at once."""
        class_id = self._session.class_editing.add(self._free_name())
        row = self.model.row_of(class_id)
        if row is not None:
            self.list.edit(self.model.index(row))

    def recolour(self, class_id: int) -> None:
        """Ask for a colour, without stopping the window."""
        dialog = QColorDialog(QColor(*self._session.classes.by_id(class_id).colour), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.colorSelected.connect(
            lambda c: self._session.class_editing.recolour(class_id, (c.red(), c.green(), c.blue()))
        )
        dialog.open()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "delegate"):
            self.delegate.take_palette()
            self.add_button.setIcon(icon("plus"))

    def _free_name(self) -> str:
        taken = {c.name for c in self._session.classes}
        number = len(self._session.classes)
        while (name := tr("class {number}", number=number)) in taken:
            number += 1
        return name

    def _choose(self, index: QModelIndex) -> None:
        self._session.select_class(index.data(ID_ROLE))

    def _show_selected(self, class_id: int) -> None:
        row = self.model.row_of(class_id)
        if row is not None and row < self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(row))

    def _show_project(self) -> None:
        self.add_button.setEnabled(self._session.project is not None)
        self.model.take_classes()
