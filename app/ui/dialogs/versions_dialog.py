"""The versions of the model: what each learned from, how good it is, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QItemSelectionModel, QLocale, QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.document.data_size import data_size
from app.ui.dialogs.save_file import ask_target
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session
    from app.version_table import VersionRow

SUFFIX = ".maskloop-model"
_NOTE = 6


class VersionsDialog(QDialog):
    """Stays beside the work and follows the session; the note is edited in place."""

    def __init__(self, session: Session, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Versions of the model"))
        self._session = session
        self._rows: list[VersionRow] = []
        self.table = self._made_table()
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.use = self._button(tr("Use"), tr("Go on with this version"), self._use)
        self.compare = self._button(tr("Compare"), "", self._compare)
        self.export = self._button(tr("Export…"), tr("Write it as one file"), self._export)
        self.delete = self._button(tr("Delete…"), tr("Remove it and its files"), self._delete)
        keep = self._button(
            tr("Keep the model in use"),
            tr("Make what is in use now a version"),
            session.versions.keep,
        )
        take = self._button(tr("Import…"), tr("Take a model from a file"), self._import)
        buttons = QHBoxLayout()
        for button in (self.use, self.compare, self.export, self.delete):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(take)
        buttons.addWidget(keep)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.told)
        layout.addLayout(buttons)
        self.resize(820, 360)
        self.table.itemSelectionChanged.connect(self._show_buttons)
        self.table.itemChanged.connect(self._take_note)
        session.versions_changed.connect(self._list)
        session.learning_changed.connect(self._list_if_current_changed)
        session.project_closed.connect(self.close)
        self._list()

    def _made_table(self) -> QTableWidget:
        titles = ("Version", "Date", "Learned from", "Held-out", "Honest", "Size", "Note")
        table = QTableWidget(0, len(titles))
        table.setHorizontalHeaderLabels([tr(title) for title in titles])
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        return table

    def _button(self, text: str, tip: str, work: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: work())  # without the button's own argument
        return button

    @property
    def chosen(self) -> VersionRow | None:
        """The version whose row alone is selected."""
        selected = self.selected
        return selected[0] if len(selected) == 1 else None

    @property
    def selected(self) -> list[VersionRow]:
        """The versions whose rows are selected, oldest first."""
        rows = sorted((index.row() for index in self._selection.selectedRows()), reverse=True)
        return [self._rows[row] for row in rows]

    @property
    def _selection(self) -> QItemSelectionModel:
        return self.table.selectionModel()

    def _list(self) -> None:
        before = {row.name for row in self.selected}
        self._rows = self._session.versions.rows()[::-1]
        with QSignalBlocker(self.table):
            self._selection.clearSelection()
            self.table.setRowCount(len(self._rows))
            for number, row in enumerate(self._rows):
                for column, text in enumerate(_texts(row)):
                    item = QTableWidgetItem(text)
                    flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
                    if column == _NOTE:
                        flags |= Qt.ItemFlag.ItemIsEditable
                    item.setFlags(flags)
                    font = item.font()
                    font.setBold(row.is_current)
                    item.setFont(font)
                    self.table.setItem(number, column, item)
                if row.name in before or (not before and row.is_current):
                    chosen = QItemSelectionModel.SelectionFlag.Select
                    whole = QItemSelectionModel.SelectionFlag.Rows
                    self._selection.select(self.table.model().index(number, 0), chosen | whole)
        self._show_buttons()

    def _list_if_current_changed(self) -> None:
        current = next((row.name for row in self._rows if row.is_current), None)
        project = self._session.project
        if project is not None and project.current_version != current:
            self._list()

    def _show_buttons(self) -> None:
        chosen = self.chosen
        is_other = chosen is not None and not chosen.is_current
        self.use.setEnabled(is_other)
        is_pair = len(self.selected) == 2
        self.compare.setEnabled(is_other or is_pair)
        if is_pair:
            tip = tr("Show the older one left of a line, the newer one right of it")
        else:
            tip = tr("Show it left of a line, the one in use right of it")
        self.compare.setToolTip(tip)
        self.delete.setEnabled(is_other)
        self.export.setEnabled(chosen is not None)
        if not self._rows:
            self.told.setText(
                tr(
                    "There is no version yet. Learning makes one when it finds a better model, and "
                    "you can keep the one in use at any time."
                )
            )
        else:
            self.told.setText(
                tr(
                    "Held-out: mean IoU on strokes that it had not learned from. Honest: on images "
                    "that it had predicted before you corrected them. Using another version "
                    "predicts the folder again; your labels stay as they are. Two that are "
                    "selected (Ctrl+click) can be compared with each other."
                )
            )

    def _take_note(self, item: QTableWidgetItem) -> None:
        if item.column() == _NOTE:
            self._session.versions.set_note(self._rows[item.row()].name, item.text().strip())

    def _use(self) -> None:
        if self.chosen is not None:
            self._session.versions.use(self.chosen.name)

    def _compare(self) -> None:
        """One with that in use, or two with each other: the one in use is right of the line."""
        names = [row.name for row in sorted(self.selected, key=lambda row: row.is_current)]
        if names and self._session.comparison.begin(*names):
            self._session.comparison_wanted.emit()

    def _delete(self) -> None:
        if self.chosen is None:
            return
        text = tr("Delete version {name} and its files?", name=self.chosen.name)
        if (
            QMessageBox.question(self, tr("Delete a version"), text)
            == QMessageBox.StandardButton.Yes
        ):
            self._session.versions.delete(self.chosen.name)

    def _export(self) -> None:
        project, chosen = self._session.project, self.chosen
        if project is None or chosen is None:
            return
        start = project.folder.parent / f"{project.folder.name} {chosen.name}{SUFFIX}"
        kind = tr("Maskloop models")
        file = ask_target(self, tr("Export the model"), start, kind=kind, suffix=SUFFIX)
        if file is not None:
            self._session.versions.export(chosen.name, file)

    def _import(self) -> None:
        kinds = tr("Maskloop models") + f" (*{SUFFIX});;" + tr("All files") + " (*)"
        file, _ = QFileDialog.getOpenFileName(self, tr("Import a model"), "", kinds)
        if file:
            self._session.versions.import_file(Path(file))


def _texts(row: VersionRow) -> tuple[str, ...]:
    when = QDateTime.fromSecsSinceEpoch(int(row.created))
    honest = "" if row.honest is None else f"{row.honest:.2f} ({row.scored})"
    learned_from = "1 image, {pixels} px" if row.images == 1 else "{images} images, {pixels} px"
    learned = tr(learned_from, images=row.images, pixels=f"{row.pixels:,}")
    return (
        f"{row.name} {tr('(in use)')}" if row.is_current else row.name,
        QLocale().toString(when, QLocale.FormatType.ShortFormat),
        learned if row.images else "",
        "" if row.held_out is None else f"{row.held_out:.2f}",
        honest,
        data_size(row.size),
        row.note,
    )
