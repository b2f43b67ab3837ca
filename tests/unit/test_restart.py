"""Every way in which the engine can break: the strokes are safe, and one action helps."""

from pathlib import Path

import numpy as np
import pytest
import torch

from app.engine.workshop import Workshop
from app.session import Session
from tests.unit.test_session import (
    folder,
    open_and_wait,
    paint,
    paint_both_classes,
    session,
    wait_for_prediction,
)

__all__ = ["folder", "session"]

RESTART = "Restart learning"


def message(session: Session, qtbot):
    """The message that offers to restart."""

    def found() -> list[object]:
        return [m for m in session.messages if m.action_text == RESTART]

    qtbot.waitUntil(lambda: bool(found()), timeout=30_000)
    return found()[0]


def break_once(monkeypatch: pytest.MonkeyPatch, error: BaseException, times: int) -> None:
    """The next answers to strokes raise this."""
    answer, left = Workshop.answer_stroke, [times]

    def breaking(self, request):
        if left[0] > 0:
            left[0] -= 1
            raise error
        yield from answer(self, request)

    monkeypatch.setattr(Workshop, "answer_stroke", breaking)


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (SystemExit("the thread dies"), 1),
        (MemoryError(), 1),
        (torch.cuda.OutOfMemoryError("no memory"), 1),
        (RuntimeError("a bug in the model"), 2),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_after_a_fault_restarting_learns_from_the_strokes_again(
    session, folder, qtbot, monkeypatch, error, times
) -> None:
    break_once(monkeypatch, error, times)
    open_and_wait(session, folder, qtbot)
    wait_for_prediction(session, qtbot, is_suggestion=True)
    paint_both_classes(session)
    if times > 1:
        qtbot.waitUntil(lambda: any(str(error) in m.text for m in session.messages), timeout=30_000)
        paint(session, 50, 40, 1)
    painted = session.image.layers.labels.copy()
    told = message(session, qtbot)
    assert "Your strokes are safe." in told.text
    assert (session.image.layers.labels == painted).all()
    assert session.image.layers.is_suggestion
    told.action()
    wait_for_prediction(session, qtbot, is_suggestion=False)
    assert (session.image.layers.labels == painted).all()


def test_a_model_of_nan_is_told_and_replaced(session, folder, qtbot, monkeypatch) -> None:
    open_and_wait(session, folder, qtbot)
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    session.modelling.pause()
    session.close()
    poison(folder)
    open_and_wait(session, folder, qtbot)
    painted = session.image.layers.labels.copy()
    told = message(session, qtbot)
    assert "no numbers" in told.text
    before = session.image.layers.prediction
    told.action()
    qtbot.waitUntil(
        lambda: (
            session.image.layers.prediction is not before and not session.image.layers.is_suggestion
        ),
        timeout=30_000,
    )
    assert (session.image.layers.labels == painted).all()


def poison(folder: Path) -> None:
    """All weights of the model in use become NaN."""
    from safetensors.torch import load_file, save_file

    path = folder / "maskloop" / "models" / "working" / "weights.safetensors"
    weights = load_file(path)
    for tensor in weights.values():
        if tensor.is_floating_point():
            tensor.fill_(float("nan"))
    save_file(weights, path)


@pytest.mark.parametrize("kind", ["cut short", "hostile", "card"])
def test_a_broken_model_file_is_told_and_strokes_are_answered_after_a_restart(
    session, folder, qtbot, kind
) -> None:
    open_and_wait(session, folder, qtbot)
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    painted = session.image.layers.labels.copy()
    session.close()
    model = folder / "maskloop" / "models" / "working"
    weights = model / "weights.safetensors"
    if kind == "cut short":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif kind == "hostile":
        weights.write_bytes(b"\xff" * 8 + b"{}" + np.random.default_rng(0).bytes(500))
    else:
        (model / "model.json").write_text("[" * 100_000)
    open_and_wait(session, folder, qtbot)
    told = message(session, qtbot)
    assert "Your strokes are safe." in told.text
    assert (session.image.layers.labels == painted).all()
    told.action()
    before = session.image.layers.prediction
    qtbot.waitUntil(
        lambda: (
            session.image is not None
            and session.image.layers.prediction is not before
            and not session.image.layers.is_suggestion
        ),
        timeout=30_000,
    )
    assert (session.image.layers.labels == painted).all()


def test_what_an_abandoned_engine_still_says_is_for_nobody(session, folder, qtbot) -> None:
    open_and_wait(session, folder, qtbot)
    wait_for_prediction(session, qtbot, is_suggestion=True)
    old = session.modelling._link._engine
    session.modelling.restart()
    heard = []
    session.engine_spoke.connect(lambda project, event: heard.append(event))
    old._emit("late")
    assert "late" not in heard
    assert old.stop(timeout=10)
