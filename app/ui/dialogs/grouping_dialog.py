"""The question which images belong together, as those of one patient."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from app.document import grouping
from app.ui.translation import tr

CHOICES = (
    ("", "Each image on its own"),
    (grouping.PREFIX, "By the name up to the first _  (patient7_left.png: patient7)"),
    (grouping.FOLDER, "By the folder"),
)
_COUNTED = 2_000


class GroupingDialog(QDialog):
    """Asks; `expression` is the answer. The names of some images show how it comes out."""

    def __init__(
        self, names: Sequence[str], expression: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Images that belong together"))
        self._names = names[:_COUNTED]
        about = QLabel(
            tr(
                "Images of one patient, slide or video are alike. Keep them together, and from "
                "four painted groups on, no model is judged on one image after learning from "
                "another of its group. Exports split by the same groups."
            )
        )
        about.setWordWrap(True)
        self.choice = QComboBox()
        for value, text in CHOICES:
            self.choice.addItem(tr(text), value)
        self.choice.addItem(tr("By a regular expression"), None)
        self.own = QLineEdit(expression)
        self.own.setPlaceholderText(tr("regular expression, such as ^(patient\\d+)_"))
        self.outcome = QLabel()
        self.outcome.setObjectName("quiet")
        self.outcome.setWordWrap(True)
        self.outcome.setMinimumWidth(420)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow(about)
        form.addRow(tr("Together"), self.choice)
        form.addRow("", self.own)
        form.addRow(self.outcome)
        form.addRow(self.buttons)
        known = [value for value, _ in CHOICES]
        self.choice.setCurrentIndex(
            known.index(expression) if expression in known else len(CHOICES)
        )
        self.choice.currentIndexChanged.connect(self._show)
        self.own.textChanged.connect(self._show)
        self._show()

    @property
    def expression(self) -> str:
        """The regular expression; empty: each image on its own."""
        value = self.choice.currentData()
        return self.own.text() if value is None else str(value)

    def _show(self) -> None:
        self.own.setVisible(self.choice.currentData() is None)
        problem = grouping.check(self.expression)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(problem is None)
        if problem is not None:
            self.outcome.setText(tr("This is no regular expression: {problem}.", problem=problem))
            return
        found = grouping.count_groups(self._names, self.expression)
        self.outcome.setText(
            tr(
                "{images} images in {groups} groups; the largest is “{largest}” with {size}.",
                images=len(self._names),
                groups=found.groups,
                largest=found.largest,
                size=found.size,
            )
        )
