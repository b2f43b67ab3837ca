"""Asks for the passphrase of an encrypted project, or for a new one, typed twice."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.ui.translation import tr


class PassphraseDialog(QDialog):
    """The answer is `passphrase`, and `old` when a new one takes its place.

    Nothing of it is kept after the dialogue.
    """

    def __init__(
        self,
        sentence: str,
        action: str,
        parent: QWidget | None,
        *,
        is_new: bool = False,
        replaces: bool = False,
    ) -> None:
        """`is_new`: it is typed twice. `replaces`: it is, and the one until now is asked too."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Passphrase"))
        text = QLabel(sentence)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setMinimumWidth(380)
        self.former = self._field(tr("Passphrase until now"))
        self.former.setVisible(replaces)
        self.first = self._field(tr("New passphrase") if replaces else tr("Passphrase"))
        self.again = self._field(tr("The same again"))
        self.again.setVisible(is_new or replaces)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.action_button = buttons.addButton(action, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (text, self.former, self.first, self.again, buttons):
            layout.addWidget(widget)
        self._is_new = is_new or replaces
        self._replaces = replaces
        self._look()

    @property
    def passphrase(self) -> str:
        """What was typed."""
        return self.first.text()

    @property
    def old(self) -> str:
        """The passphrase until now."""
        return self.former.text()

    def _field(self, hint: str) -> QLineEdit:
        field = QLineEdit(placeholderText=hint, echoMode=QLineEdit.EchoMode.Password)
        field.setAccessibleName(hint)
        field.textChanged.connect(self._look)
        return field

    def _look(self) -> None:
        is_same = not self._is_new or self.first.text() == self.again.text()
        has_old = not self._replaces or bool(self.former.text())
        self.action_button.setEnabled(bool(self.first.text()) and is_same and has_old)
