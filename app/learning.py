"""What the window tells about learning: a frozen state, and the pure step from event to state."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.engine.events import (
    EngineReady,
    Event,
    Failed,
    Learned,
    LearningStopped,
    ModelOpened,
    ModelStarted,
    PretrainedReady,
    Published,
)
from app.score_summary import NO_SCORES, ScoreSummary
from app.scoring import Score

_KEPT_LOSSES = 2_000


@dataclass(frozen=True)
class LearningState:
    """Shown in the learning dock. `losses` are (step, loss); `scores` in the order of review.

    `summary` follows the scores a moment later: it is made off the GUI thread.
    """

    sentence: str = "Starting the engine …"
    device: str = "…"
    model: str = "starter"
    version: str = ""
    is_ready: bool = False
    is_learning: bool = False
    is_paused: bool = False
    step: int = 0
    validation: float | None = None
    losses: tuple[tuple[int, float], ...] = ()
    scores: tuple[Score, ...] = ()
    summary: ScoreSummary = NO_SCORES


def learning_after(state: LearningState, event: Event) -> LearningState:
    """The state after an event of the engine; events of no concern change nothing."""
    match event:
        case EngineReady():
            return replace(
                state,
                is_ready=True,
                device=event.device,
                sentence="Paint a few strokes of each class: the model learns from them at once.",
            )
        case ModelOpened():
            return replace(state, model=event.name, version=event.version)
        case PretrainedReady() | ModelStarted():
            return replace(state, model=event.name, version="")
        case Learned():
            return _after_step(state, event)
        case Published():
            return replace(
                state,
                version=event.version,
                validation=state.validation if event.validation is None else event.validation,
                sentence=f"A better model is in use: {event.version}.",
            )
        case LearningStopped():
            return replace(state, is_learning=False, sentence=event.sentence)
        case Failed() if event.image is None:
            return replace(state, is_learning=False, sentence=event.sentence)
        case _:
            return state


def _after_step(state: LearningState, event: Learned) -> LearningState:
    validation = state.validation if event.validation is None else event.validation
    held_out = "" if validation is None else f", {validation:.2f} mean IoU on held-out strokes"
    # A course that began anew has a curve of its own.
    losses = state.losses if state.step < event.step else ()
    return replace(
        state,
        is_learning=True,
        step=event.step,
        validation=validation,
        losses=(*losses, (event.step, event.loss))[-_KEPT_LOSSES:],
        sentence=f"Learning from your strokes: step {event.step}{held_out}.",
    )
