"""The choice of a model to start from: one of a short list, or any by its name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.ui.translation import tr

_ANOTHER = ""


class StartDialog(QDialog):
    """Asks which of `choices` (name, what it is good for, megabytes to download) to start from.

    The answers are `model_name` and `wants_pretrained`.
    """

    def __init__(
        self, choices: Sequence[tuple[str, str, int]], in_use: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Start from another model"))
        self._choices = {name: (good_for, megabytes) for name, good_for, megabytes in choices}
        self.choice = QComboBox()
        for name, _, _ in choices:
            self.choice.addItem(tr("{name} (in use)", name=name) if name == in_use else name, name)
        self.choice.addItem(tr("Another one, by its name …"), _ANOTHER)
        self.choice.setAccessibleName(tr("Model"))
        self.name = QLineEdit()
        self.name.setPlaceholderText("unet:mit_b0")
        self.name.setAccessibleName(tr("Name of the model"))
        self.good_for = _quiet("")
        self.pretrained = QCheckBox(tr("Pretrained weights"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.start_button = buttons.addButton(
            tr("Start from it"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._column = QVBoxLayout(self)
        parts = (self.choice, self.name, self.good_for, self.pretrained, _quiet(_explanation()))
        for part in (*parts, buttons):
            self._column.addWidget(part)
        self.choice.currentIndexChanged.connect(self._show_choice)
        self.name.textChanged.connect(self._show_name)
        self._show_choice()

    @property
    def model_name(self) -> str:
        """The chosen model, or what was typed."""
        return str(self.choice.currentData()) or self.name.text().strip()

    @property
    def wants_pretrained(self) -> bool:
        """Whether to begin with the weights that are published for it."""
        return self.pretrained.isEnabled() and self.pretrained.isChecked()

    def _show_choice(self) -> None:
        chosen = str(self.choice.currentData())
        good_for, megabytes = self._choices.get(chosen, (_any_name(), 0))
        is_another = chosen == _ANOTHER
        self.name.setVisible(is_another)
        self.good_for.setText(tr(good_for))
        can_choose = is_another or megabytes > 0
        self.pretrained.setEnabled(can_choose)
        self.pretrained.setChecked(can_choose)
        size = tr(", {count} MB, downloaded once", count=megabytes) if megabytes else ""
        self.pretrained.setText(tr("Pretrained weights") + size)
        self._show_name()
        # A layout does not ask the window for more height when wrapped texts get longer.
        self.resize(self.width(), self._column.totalHeightForWidth(self.width()))

    def _show_name(self) -> None:
        self.start_button.setEnabled(bool(self.model_name))


def _any_name() -> str:
    return tr(
        "An architecture:encoder of segmentation-models-pytorch, such as unet:mit_b0 or "
        "fpn:tu-convnext_tiny; or features: and a backbone of timm, which is used as it is."
    )


def _explanation() -> str:
    return tr(
        "What you painted stays, and so do all versions. The new model learns from your strokes "
        "at once and then predicts the folder again; until it is ready, the one in use goes on."
    )


def _quiet(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setMinimumWidth(460)
    label.setObjectName("quiet")
    return label
