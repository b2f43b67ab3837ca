"""How one image is shown in the list: a mark of its state, its name, the state in a word."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.docks.image_list import ITEM_ROLE
from app.ui.translation import tr

ROW_HEIGHT = 26


@dataclass(frozen=True)
class StateLook:
    """The word for a state, its colour, and whether its mark is filled."""

    word: str
    colour: str
    is_filled: bool


LOOKS = {
    "new": StateLook("new", "#8a929c", False),
    "suggested": StateLook("suggestion", "#c39a3c", False),
    "predicted": StateLook("predicted", "#4c8fe0", False),
    "edited": StateLook("edited", "#4c8fe0", True),
    "reviewed": StateLook("reviewed", "#35a76a", True),
    "failed": StateLook("failed", "#e0554c", True),
}


class ImageDelegate(QStyledItemDelegate):
    """Paints one row."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """All rows have one height."""
        return QSize(180, ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Mark, name, word."""
        rect, palette = option.rect, option.palette
        item = index.data(ITEM_ROLE)
        look = LOOKS[str(item.state)]
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        if is_selected or is_hovered:
            shade = QColor(palette.color(QPalette.ColorRole.Highlight))
            shade.setAlphaF(0.28 if is_selected else 0.1)
            painter.fillRect(rect, shade)
        self._draw_mark(painter, QPointF(rect.left() + 14, rect.center().y() + 0.5), look)
        word = tr(look.word)
        room = option.fontMetrics.horizontalAdvance(word)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(
            QRectF(rect.adjusted(0, 0, -8, 0)),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            word,
        )
        name_rect = rect.adjusted(28, 0, -room - 18, 0)
        name = option.fontMetrics.elidedText(
            item.name.replace("\n", " "), Qt.TextElideMode.ElideMiddle, name_rect.width()
        )
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        painter.drawText(name_rect, Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()

    @staticmethod
    def _draw_mark(painter: QPainter, middle: QPointF, look: StateLook) -> None:
        colour = QColor(look.colour)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.6))
        painter.setBrush(colour if look.is_filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, 4.2, 4.2)
        if look.word == "reviewed":
            painter.setPen(QPen(QColor("white"), 1.5))
            painter.drawPolyline(
                [middle + QPointF(-2, 0), middle + QPointF(-0.5, 1.7), middle + QPointF(2.2, -1.6)]
            )
