"""The few settings that belong to the computer, and what leaves it: nothing."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QSpinBox, QWidget

from app.document.images import PIXEL_LIMIT
from app.ui.settings import MEGA, megapixel_limit, set_megapixel_limit
from app.ui.translation import tr


class SettingsDialog(QDialog):
    """Takes the settings when it is accepted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        self.setMinimumWidth(460)
        self.limit = QSpinBox(minimum=1, maximum=4_000, suffix=tr(" million pixels"))
        self.limit.setValue(megapixel_limit())
        self.limit.setAccessibleName(tr("Largest image"))
        note = _quiet(
            tr(
                "Larger images are refused before they are unpacked: a small file can hold any "
                "number of pixels. {count} million is the default.",
                count=PIXEL_LIMIT // MEGA,
            )
        )
        privacy = _quiet(
            tr(
                "Your images, labels and models stay on this computer: there is no account and no "
                "telemetry. Only a pretrained model that you choose is downloaded."
            )
        )
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow(tr("Largest image"), self.limit)
        form.addRow("", note)
        form.addRow(tr("Privacy"), privacy)
        form.addRow(buttons)

    def accept(self) -> None:
        """Keep the settings and use them."""
        set_megapixel_limit(self.limit.value())
        super().accept()


def _quiet(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setObjectName("quiet")
    return label
