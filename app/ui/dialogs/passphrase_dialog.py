"""Asks for the passphrase of an encrypted project, or for a new one, typed twice."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.ui.translation import tr


class PassphraseDialog(QDialog):
    """The answer is `passphrase`. Nothing of it is kept after the dialogue."""

    def __init__(
        self, sentence: str, action: str, parent: QWidget | None, *, is_new: bool = False
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Passphrase"))
        text = QLabel(sentence)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setMinimumWidth(380)
        self.first = self._field(tr("Passphrase"))
        self.again = self._field(tr("The same again"))
        self.again.setVisible(is_new)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.action_button = buttons.addButton(action, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (text, self.first, self.again, buttons):
            layout.addWidget(widget)
        self._is_new = is_new
        self._look()

    @property
    def passphrase(self) -> str:
        """What was typed."""
        return self.first.text()

    def _field(self, hint: str) -> QLineEdit:
        field = QLineEdit(placeholderText=hint, echoMode=QLineEdit.EchoMode.Password)
        field.setAccessibleName(hint)
        field.textChanged.connect(self._look)
        return field

    def _look(self) -> None:
        is_same = not self._is_new or self.first.text() == self.again.text()
        self.action_button.setEnabled(bool(self.first.text()) and is_same)
