"""The learning panel: what the model does now, its loss, its honest scores, pause and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.docks.curve import Curve
from app.ui.icons import icon
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.learning import LearningState
    from app.session import Session

REFRESH_MS = 250


class LearningDock(QWidget):
    """Shows the LearningState of the session, at most four times a second."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.score = QLabel()
        self.score.setWordWrap(True)
        self.loss_curve = Curve(tr("The loss appears here when learning begins."))
        self.score_curve = Curve(tr("Each image that you finish adds a point here."), span=(0, 1))
        self.pause_button = QPushButton()
        self.pause_button.clicked.connect(self.toggle)

        head = QHBoxLayout()
        head.addWidget(self.sentence, 1)
        head.addWidget(self.pause_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(_caption(tr("Score of each finished image (mean IoU)")))
        layout.addWidget(self.score_curve)
        layout.addWidget(self.score)
        layout.addWidget(_caption(tr("Loss while learning")))
        layout.addWidget(self.loss_curve)
        layout.addStretch(1)

        self._refresh = QTimer(self, interval=REFRESH_MS, singleShot=True)
        self._refresh.timeout.connect(self._show)
        session.learning_changed.connect(self._take)
        session.project_closed.connect(self._show)
        self._show()

    def toggle(self) -> None:
        """Pause, or go on."""
        if self._session.learning.is_paused:
            self._session.modelling.resume()
        else:
            self._session.modelling.pause()

    def _take(self, state: LearningState) -> None:
        if not self._refresh.isActive():
            self._refresh.start()

    def _show(self) -> None:
        state = self._session.learning
        self.sentence.setText(tr("Learning is paused.") if state.is_paused else state.sentence)
        self.pause_button.setText(tr("Resume") if state.is_paused else tr("Pause"))
        self.pause_button.setIcon(icon("play" if state.is_paused else "pause"))
        self.pause_button.setEnabled(self._session.project is not None)
        self.loss_curve.set_points(state.losses)
        self.score_curve.set_points(
            [(number, s.mean_iou) for number, s in enumerate(state.scores, start=1)]
        )
        self.score.setText(score_sentence(state))


def score_sentence(state: LearningState) -> str:
    """The last score and what it means."""
    if not state.scores:
        return tr(
            "The score compares the prediction made before you touched an image with the image "
            "as you finished it, so the model never learned from what it is measured on."
        )
    last = state.scores[-1]
    return tr(
        "{score} on {image}: the prediction before your corrections, against the image as you "
        "finished it (1 = nothing to correct).",
        score=f"{last.mean_iou:.2f}",
        image=last.image_name,
    )


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("caption")
    return label
