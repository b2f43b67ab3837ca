"""What the export doctor has found: problems, what was checked, and what was not."""

from __future__ import annotations

import html

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.document.export.scope import Report
from app.ui.translation import tr


class ReportDialog(QDialog):
    """Shows a report; it can be copied, and the folder opened."""

    def __init__(self, report: Report, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("What was exported"))
        self.resize(620, 440)
        self._report = report
        self.text = QTextBrowser()
        self.text.setHtml(_page(report))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        show = buttons.addButton(tr("Open the folder"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self.copy)
        show.clicked.connect(self._open_folder)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)

    def copy(self) -> None:
        """Put the report into the clipboard."""
        QApplication.clipboard().setText("\n".join(self._report.lines()))

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._report.folder)))


def _page(report: Report) -> str:
    count = len(report.problems)
    if count:
        title = tr("{count} problems", count=count)
    else:
        title = tr("{count} images: all is as exported", count=report.images)
    parts = [f"<h3>{html.escape(title)}</h3><p>{html.escape(str(report.folder))}</p>"]
    for heading, sentences in (
        (tr("Problems"), report.problems[:500]),
        (tr("To know"), report.notes),
        (tr("Checked"), report.scope.checked),
        (tr("Not checked"), report.scope.unchecked),
    ):
        if sentences:
            lines = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
            parts.append(f"<h4>{html.escape(heading)}</h4><ul>{lines}</ul>")
    return "".join(parts)
