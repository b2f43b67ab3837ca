"""The honest scores by class: IoU with its interval, precision and recall."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.ui.translation import tr

if TYPE_CHECKING:
    from app.document.classes import ClassTable
    from app.score_summary import ClassScore

MOST_ROWS_IN_VIEW = 6


class ScoreTable(QTableWidget):
    """One row a class; nothing to edit. Hidden while there is no score."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 4, parent)
        self.setHorizontalHeaderLabels([tr("Class"), tr("IoU"), tr("Prec."), tr("Recall")])
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(22)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("Scores by class"))
        self._shown: object = None
        self.hide()

    def show_scores(self, scores: tuple[ClassScore, ...], classes: ClassTable) -> None:
        """Show these; classes that are no more in the table are left out."""
        if (scores, classes) == self._shown:
            return
        self._shown = (scores, classes)
        known = [score for score in scores if classes.has(score.class_id)]
        self.setVisible(bool(known))
        self.setRowCount(len(known))
        for row, score in enumerate(known):
            item = classes.by_id(score.class_id)
            swatch = QPixmap(10, 10)
            swatch.fill(QColor(*item.colour))
            name = QTableWidgetItem(QIcon(swatch), item.name)
            name.setToolTip(item.name)
            self.setItem(row, 0, name)
            texts = (interval_text(score.iou), _number(score.precision), _number(score.recall))
            for column, text in enumerate(texts, start=1):
                cell = QTableWidgetItem(text)
                cell.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.setItem(row, column, cell)
        rows = min(len(known), MOST_ROWS_IN_VIEW)
        height = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(height + rows * self.verticalHeader().defaultSectionSize() + 4)


def interval_text(interval: tuple[float, float, float]) -> str:
    """0.82 (0.76–0.87), without the brackets where the interval is not known."""
    value, low, high = interval
    if math.isnan(low):
        return _number(value)
    return f"{value:.2f} ({low:.2f}–{high:.2f})"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"
