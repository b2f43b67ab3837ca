"""Before a project is left: when its work cannot be saved, the person decides what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox

from app.ui.translation import tr

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


class Leaving(QObject):
    """The one door through which the window leaves a project."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._is_given_up = False
        self.question: QMessageBox | None = None

    def may_leave(self, leave: Callable[[], object]) -> bool:
        """Whether all is on the disk, or the person gave it up.

        Else False, and the person is asked; `leave`, which must ask here again, is called when
        that should be tried again, or in spite of all.
        """
        if self._is_given_up:
            self._is_given_up = False
            return True
        self._window.toolbox.settle()
        trouble = self._window.session.saving.finish()
        if trouble is not None:
            self._ask(trouble, leave)
        return trouble is None

    def _ask(self, trouble: str, leave: Callable[[], object]) -> None:
        if self.question is not None:
            self.question.reject()
        question = QMessageBox(self._window)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setIcon(QMessageBox.Icon.Warning)
        question.setWindowTitle(tr("Not everything is saved"))
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(trouble)
        question.setInformativeText(
            tr("Make room or bring the drive back, then try again. Closed now, this is lost.")
        )
        again = question.addButton(tr("Try again"), QMessageBox.ButtonRole.AcceptRole)
        lose = question.addButton(tr("Close and lose it"), QMessageBox.ButtonRole.DestructiveRole)
        stay = question.addButton(tr("Keep it open"), QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(again)
        question.setEscapeButton(stay)

        def decide() -> None:
            self.question = None
            chosen = question.clickedButton()
            self._is_given_up = chosen is lose
            if chosen in (again, lose):
                leave()

        question.finished.connect(decide)
        self.question = question
        question.open()
