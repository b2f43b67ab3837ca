"""Which two images to interpolate between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QWidget

from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session


class InterpolateDialog(QDialog):
    """Two of the labelled images; tells how many lie between, and how many pixels get a class."""

    def __init__(self, session: Session, ends: tuple[int, int], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Interpolate between two images"))
        self._session = session
        self.first, self.last = self._choice(ends[0]), self._choice(ends[1])
        self._told = QLabel()
        self._told.setWordWrap(True)
        self._told.setMinimumWidth(360)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Fill"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow(tr("From"), self.first)
        form.addRow(tr("To"), self.last)
        self.counted = QLabel()
        self.counted.setObjectName("quiet")
        self.counted.setWordWrap(True)
        form.addRow(self._told)
        form.addRow(self.counted)
        form.addRow(self.buttons)
        for box in (self.first, self.last):
            box.currentIndexChanged.connect(self._tell)
        self.finished.connect(session.interpolating.stop_counting)
        self._tell()

    @property
    def image_ids(self) -> list[int]:
        """The chosen images and all between, in the order of the folder."""
        return self._session.interpolating.between(
            self.first.currentData(), self.last.currentData()
        )

    def _choice(self, chosen: int) -> QComboBox:
        box = QComboBox()
        project = self._session.project
        for image_id in project.labelled_images() if project is not None else ():
            if project is not None and image_id in project.images:
                box.addItem(project.images[image_id].name, image_id)
        box.setCurrentIndex(box.findData(chosen))
        return box

    def _tell(self) -> None:
        count = max(0, len(self.image_ids) - 2)
        self._told.setText(
            tr(
                "{count} images lie between. Their unpainted pixels get the shapes that lead from "
                "one to the other; what you painted there stays.",
                count=count,
            )
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(count > 0)
        self.counted.setText(tr("Counting…") if count else "")
        if count:
            self._session.interpolating.count(self.image_ids, self.counted.setText)
        else:
            self._session.interpolating.stop_counting()
