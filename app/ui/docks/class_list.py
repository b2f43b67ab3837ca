"""The classes as rows: swatch, name, key, eye and lock; the name is edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui.icons import icon

if TYPE_CHECKING:
    from app.session import Session
    from app.ui.canvas.display import Display
    from app.ui.tools.options import ToolOptions

Index = QModelIndex | QPersistentModelIndex
ID_ROLE = 257
COLOUR_ROLE = 258
ROW_HEIGHT = 28
SWATCH = 16


class ClassModel(QAbstractListModel):
    """The class table of the session, one row a class."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        # Work behind may replace the table of the project before it is told here.
        self._classes = session.classes
        session.classes_changed.connect(self.take_classes)

    def rowCount(self, parent: Index | None = None) -> int:
        """One row a class."""
        return len(self._classes) if self._session.project else 0

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, id and colour of a row's class."""
        row_class = self._classes[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row_class.name
        if role == ID_ROLE:
            return row_class.id
        if role == COLOUR_ROLE:
            return QColor(*row_class.colour)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename the class; an empty name is not taken."""
        name = str(value).strip()
        row_class = self._classes[index.row()]
        if role != Qt.ItemDataRole.EditRole or not name or name == row_class.name:
            return False
        self._session.class_editing.rename(row_class.id, name)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Every row can be chosen and renamed."""
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def row_of(self, class_id: int) -> int | None:
        """The row of a class id."""
        return next((n for n, c in enumerate(self._classes) if c.id == class_id), None)

    def take_classes(self) -> None:
        """Show the classes as they are now."""
        self.beginResetModel()
        self._classes = self._session.classes
        self.endResetModel()


def key_of(class_id: int) -> str:
    """The key that selects a class, or nothing: 0 is the background, 1 to 9 the next."""
    return str(class_id) if class_id <= 9 else ""


class ClassDelegate(QStyledItemDelegate):
    """Paints a row, and takes clicks on its swatch, eye and lock."""

    swatch_clicked = Signal(int)

    def __init__(self, display: Display, options: ToolOptions, parent: QWidget) -> None:
        super().__init__(parent)
        self._display = display
        self._options = options
        self.take_palette()

    def take_palette(self) -> None:
        """Draw the icons for the palette in use."""
        self._eye, self._eye_off, self._lock = icon("eye"), icon("eye_off"), icon("lock")

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows have one height."""
        return QSize(160, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Swatch, name, key, eye, lock."""
        rect, palette = option.rect, option.palette
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        if is_selected or is_hovered:
            shade = QColor(palette.color(QPalette.ColorRole.Highlight))
            shade.setAlphaF(0.28 if is_selected else 0.1)
            painter.fillRect(rect, shade)
        class_id, colour = index.data(ID_ROLE), index.data(COLOUR_ROLE)
        swatch = QRectF(swatch_rect(rect))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour.darker(150))
        painter.setBrush(colour)
        painter.drawRoundedRect(swatch.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        name = option.fontMetrics.elidedText(
            index.data(), Qt.TextElideMode.ElideRight, name_rect(rect).width()
        )
        painter.drawText(name_rect(rect), Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(key_rect(rect), Qt.AlignmentFlag.AlignCenter, key_of(class_id))
        is_hidden = class_id in self._display.hidden
        is_locked = class_id in self._options.target.locked
        painter.setOpacity(1.0 if is_hidden else 0.45 if is_hovered or is_selected else 0.0)
        (self._eye_off if is_hidden else self._eye).paint(painter, eye_rect(rect))
        painter.setOpacity(1.0 if is_locked else 0.45 if is_hovered or is_selected else 0.0)
        self._lock.paint(painter, lock_rect(rect))
        painter.restore()

    def editorEvent(
        self, event: QEvent, model: Any, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """Take clicks on the swatch, the eye and the lock; a click elsewhere selects."""
        if not isinstance(event, QMouseEvent) or event.button() != Qt.MouseButton.LeftButton:
            return False
        at, class_id = event.position().toPoint(), index.data(ID_ROLE)
        is_press = event.type() == QEvent.Type.MouseButtonPress
        if eye_rect(option.rect).contains(at):
            if is_press:
                self._display.set_value("hidden", self._display.hidden ^ {class_id})
            return True
        if lock_rect(option.rect).contains(at):
            if is_press:
                self._options.set_locked(self._options.target.locked ^ {class_id})
            return True
        is_double = event.type() == QEvent.Type.MouseButtonDblClick
        if is_double and swatch_rect(option.rect).contains(at):
            self.swatch_clicked.emit(class_id)
            return True
        return False

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """The editor lies over the name."""
        editor.setGeometry(name_rect(option.rect).adjusted(-4, 2, 0, -2))


def swatch_rect(row: QRect) -> QRect:
    """Where the colour is."""
    return QRect(row.left() + 8, row.center().y() - SWATCH // 2 + 1, SWATCH, SWATCH)


def name_rect(row: QRect) -> QRect:
    """Where the name is."""
    return row.adjusted(SWATCH + 18, 0, -78, 0)


def key_rect(row: QRect) -> QRect:
    """Where the key is."""
    return QRect(row.right() - 72, row.top(), 20, row.height())


def eye_rect(row: QRect) -> QRect:
    """Where the eye is."""
    return QRect(row.right() - 48, row.center().y() - 8, 17, 17)


def lock_rect(row: QRect) -> QRect:
    """Where the lock is."""
    return QRect(row.right() - 24, row.center().y() - 8, 17, 17)
