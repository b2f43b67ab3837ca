"""What is shown while the project of a folder is being opened, when that takes longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session

DELAY_MS = 200


class OpeningPage(QWidget):
    """Says which folder is being opened, and can cancel it."""

    became_due = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.title = QLabel()
        self.title.setObjectName("title")
        self.place = QLabel()
        self.place.setObjectName("quiet")
        for label in (self.title, self.place):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setMinimumWidth(1)  # a long path does not widen the window
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedSize(320, 12)
        self.cancel_button = QPushButton(tr("Cancel"))

        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        layout.addStretch(3)
        layout.addWidget(self.title)
        layout.addWidget(self.place)
        for widget in (bar, self.cancel_button):
            layout.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(4)

        self._timer = QTimer(self, interval=DELAY_MS, singleShot=True)
        self._timer.timeout.connect(self.became_due)
        self.cancel_button.clicked.connect(session.opening.cancel)
        session.opening_changed.connect(self._follow)

    @property
    def is_due(self) -> bool:
        """Whether a folder has been in the opening for longer than a moment."""
        return self._session.opening.folder is not None and not self._timer.isActive()

    def _follow(self) -> None:
        folder = self._session.opening.folder
        if folder is None:
            self._timer.stop()
            return
        self.title.setText(tr("Opening {name} …", name=folder.name or str(folder)))
        self.place.setText(str(folder))
        # One folder after another: the page stays.
        if not self.isVisible():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """The keys are for this page."""
        super().showEvent(event)
        self.cancel_button.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape cancels."""
        if event.key() == Qt.Key.Key_Escape:
            self._session.opening.cancel()
        else:
            super().keyPressEvent(event)
