"""The learning panel: what the model does now, its loss, its honest scores, pause and resume."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.score_summary import FEWEST_IMAGES
from app.ui.docks.curve import Curve
from app.ui.docks.score_table import ScoreTable, interval_text
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
        self.score_table = ScoreTable()
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
        layout.addWidget(self.score_table)
        layout.addWidget(_caption(tr("Loss while learning")))
        layout.addWidget(self.loss_curve)
        layout.addStretch(1)

        self._refresh = QTimer(self, interval=REFRESH_MS, singleShot=True)
        self._refresh.timeout.connect(self._show)
        session.learning_changed.connect(self._take)
        session.project_closed.connect(self._show)
        session.classes_changed.connect(self._show)
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
            [(number, s.mean_iou) for number, s in enumerate(state.scores, start=1)],
            line=[(point.number, point.mean[0]) for point in state.summary.curve],
            band=[(point.number, *point.mean[1:]) for point in state.summary.curve],
        )
        self.score.setText(score_sentence(state))
        self.score_table.show_scores(state.summary.classes, self._session.classes)


def score_sentence(state: LearningState) -> str:
    """The score now, what it means, and how far it may be to a good one."""
    if not state.scores:
        return tr(
            "The score compares the prediction made before you touched an image with the image "
            "as you finished it, so the model never learned from what it is measured on."
        )
    if not state.summary.images:
        return ""
    sentence = tr(
        "{score} over the last {images} finished: each as predicted before your corrections, "
        "against what you left (1 = nothing to correct).",
        score=interval_text(state.summary.mean),
        images=state.summary.images,
    )
    if math.isnan(state.summary.mean[1]):
        sentence += " " + tr("Its range is told from {images} on.", images=FEWEST_IMAGES)
    outlook = state.summary.outlook
    if outlook is not None:
        sentence += " " + tr(
            "About {more} more images until {target} ({low} to {high}).",
            more=outlook.more,
            target=f"{outlook.target:.2f}",
            low=outlook.low,
            high=outlook.high,
        )
    return sentence


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("caption")
    return label
