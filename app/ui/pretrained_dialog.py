"""The choice of a published model, and what it would add to the project."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from app.ui.translation import tr


class PretrainedDialog(QDialog):
    """Asks which of `models` (name, title, class names) to use; the answer is `model_name`."""

    def __init__(
        self, models: list[tuple[str, str, tuple[str, ...]]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Use a pretrained model"))
        self._models = models
        self.choice = QComboBox()
        for name, title, _ in models:
            self.choice.addItem(title, name)
        self.classes = QLabel()
        self.classes.setWordWrap(True)
        self.classes.setMinimumWidth(420)
        self.classes.setObjectName("quiet")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(
            tr("Add the classes and use it"), QDialogButtonBox.ButtonRole.AcceptRole
        ).setEnabled(bool(models))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(tr("A model that somebody has trained on everyday photographs:")))
        layout.addWidget(self.choice)
        layout.addWidget(self.classes)
        layout.addWidget(buttons)
        self.choice.currentIndexChanged.connect(self._show_classes)
        self._show_classes()

    @property
    def model_name(self) -> str:
        """The chosen model."""
        return str(self.choice.currentData())

    def _show_classes(self) -> None:
        index = self.choice.currentIndex()
        if index < 0:
            return
        names = ", ".join(self._models[index][2][1:])
        self.classes.setText(
            tr(
                "It is downloaded once. These classes are added to the project where they are "
                "missing: {names}.",
                names=names,
            )
        )
