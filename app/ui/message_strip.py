"""The strip over the canvas: one sentence, at most one action, never in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.ui.icons import icon
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.notices import Message
    from app.session import Session

SHOWN_MS = 8_000


class MessageStrip(QFrame):
    """Shows the session's messages; news goes by itself, an error stays until closed."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.action_button = QPushButton()
        self.close_button = QToolButton()
        self.close_button.setIcon(icon("close"))
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip(tr("Close this message"))
        self._action: Callable[[], object] | None = None

        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 6, 5)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.action_button)
        layout.addWidget(self.close_button)

        self._timer = QTimer(self, interval=SHOWN_MS, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self.close_button.clicked.connect(self.hide)
        self.action_button.clicked.connect(self._act)
        session.message_shown.connect(self.show_message)
        session.project_opened.connect(self.hide)
        self.hide()

    def show_message(self, message: Message) -> None:
        """Show a message; it takes the place of the one before."""
        self.text.setText(message.text)
        self._action = message.action
        self.action_button.setText(message.action_text or "")
        self.action_button.setVisible(message.action is not None)
        self.setProperty("error", message.is_error)
        # A style sheet looks at properties only when it is applied.
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
        if message.is_error or message.action is not None:
            self._timer.stop()
        else:
            self._timer.start()

    def _act(self) -> None:
        action, self._action = self._action, None
        self.hide()
        if action is not None:
            action()
