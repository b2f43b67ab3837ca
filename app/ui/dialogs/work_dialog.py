"""A dialogue with work behind it: while it runs there is a bar, and Cancel stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.translation import tr

if TYPE_CHECKING:
    from app.document.project import Project
    from app.notices import Progress
    from app.session import Session

Result = TypeVar("Result")


class WorkDialog(QDialog):
    """Blocks only the window below it, so that nothing is painted meanwhile; never the program.

    Put the content into `page`: it is disabled while work runs. Goes when the project is closed.
    """

    def __init__(self, session: Session, title: str, action: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.session = session
        self.is_working = False
        self._is_over = False
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.page = QWidget()
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setFixedHeight(12)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.buttons = QDialogButtonBox()
        self.action_button = self._button(action, QDialogButtonBox.ButtonRole.AcceptRole)
        self.cancel_button = self._button(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self.action_button.setDefault(True)
        self.cancel_button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.addWidget(self.page, 1)
        layout.addWidget(self.sentence)
        layout.addWidget(self.bar)
        layout.addWidget(self.buttons)
        self.buttons.accepted.connect(self.act)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self._end)
        session.project_closed.connect(self._go)

    def act(self) -> None:
        """Do what the dialogue is for."""
        raise NotImplementedError

    def work(
        self,
        title: str,
        steps: Callable[[Project], Iterator[Result]],
        done: Callable[[list[Result], bool], None],
        *,
        total: int = 0,
    ) -> None:
        """Run `steps` behind; `done(results, is_cancelled)` comes back here, an error is shown."""

        def ready(results: list[Result], is_cancelled: bool) -> None:
            if not self._is_over:
                self.set_working(False)
                done(results, is_cancelled)

        def failed(error: Exception) -> None:
            if not self._is_over:
                self.set_working(False)
                self.tell(str(error))
                self.work_failed()

        self.set_working(True)
        self.session.files.run(
            title, steps, total=total, done=ready, failed=failed, show=self.show_progress
        )

    def work_failed(self) -> None:
        """The work ended with an error, which is shown."""

    def finish(self) -> None:
        """Everything is done: close."""
        if not self._is_over:
            self.set_working(False)
            self.accept()

    def set_working(self, is_working: bool) -> None:
        """Show that work runs, or that it has ended."""
        self.is_working = is_working
        self.page.setEnabled(not is_working)
        self.action_button.setEnabled(not is_working)
        self.bar.setVisible(is_working)
        self.bar.setMaximum(0)
        self.cancel_button.setEnabled(True)

    def show_progress(self, progress: Progress | None) -> None:
        """How far the work is."""
        if self._is_over or progress is None:
            return
        self.bar.setMaximum(progress.total)
        self.bar.setValue(min(progress.done, progress.total))
        count = f"{progress.done} / {progress.total}" if progress.total else str(progress.done)
        self.sentence.setText(f"{progress.sentence} {count}")

    def tell(self, text: str) -> None:
        """Show a sentence below the page."""
        self.sentence.setText(text)

    def reject(self) -> None:
        """Cancel: stop the work, or close."""
        if self.is_working:
            self.cancel_button.setEnabled(False)
            self.session.files.cancel()
        else:
            super().reject()

    def _button(self, text: str, role: QDialogButtonBox.ButtonRole) -> QPushButton:
        return self.buttons.addButton(text, role)

    def _go(self) -> None:
        self._end()
        self.done(QDialog.DialogCode.Rejected)

    def _end(self) -> None:
        """Closed: what still comes from the work behind is for nobody."""
        if not self._is_over:
            self._is_over = True
            self.deleteLater()
