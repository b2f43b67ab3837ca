"""Another model in the session: it learns the strokes there are, and stays after a restart."""

import pytest
from test_session import (  # noqa: F401
    folder,
    open_and_wait,
    paint,
    paint_both_classes,
    session,
    wait_for_prediction,
)

from app.session import Session

TINY = "features:test_resnet"


def start(session, qtbot) -> None:  # noqa: F811
    session.modelling.start_from(TINY, is_pretrained=False)
    in_use = f"{TINY} is in use."
    qtbot.waitUntil(lambda: in_use in [m.text for m in session.messages], timeout=30_000)


def test_another_model_learns_what_is_painted_and_is_there_after_a_restart(
    session,  # noqa: F811
    folder,  # noqa: F811
    qtbot,
) -> None:
    open_and_wait(session, folder, qtbot)
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    session.versions.keep()
    qtbot.waitUntil(lambda: session.project.current_version == "v0001", timeout=30_000)
    session.modelling.pause()
    painted, before = session.image.layers.labels.copy(), session.image.layers.prediction
    start(session, qtbot)
    assert session.learning.model == TINY
    assert session.project.current_version is None
    qtbot.waitUntil(lambda: session.image.layers.prediction is not before, timeout=30_000)
    assert not session.image.layers.is_suggestion
    assert (session.image.layers.labels == painted).all()
    session.close()
    again = Session(device="cpu")
    open_and_wait(again, folder, qtbot)
    qtbot.waitUntil(lambda: again.learning.model == TINY, timeout=30_000)
    again.close()


def test_a_model_chosen_before_any_stroke_is_there_when_the_engine_is_started_anew(
    session,  # noqa: F811
    folder,  # noqa: F811
    qtbot,
) -> None:
    open_and_wait(session, folder, qtbot)
    start(session, qtbot)
    session.modelling.restart()
    qtbot.waitUntil(lambda: session.learning.model == TINY, timeout=30_000)
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)


@pytest.mark.parametrize(
    ("name", "is_pretrained", "told"),
    [(TINY, True, "could not be downloaded"), ("crystal ball", False, "'crystal ball' cannot")],
)
def test_what_cannot_be_had_is_told_and_the_model_in_use_stays(
    session,  # noqa: F811
    folder,  # noqa: F811
    qtbot,
    monkeypatch,
    name,
    is_pretrained,
    told,
) -> None:
    def offline(*_, **__):
        raise OSError("[Errno -2] Name or service not known")

    monkeypatch.setattr("timm.models._builder.load_state_dict_from_hf", offline)
    progress = []
    session.progress_changed.connect(progress.append)
    open_and_wait(session, folder, qtbot)
    session.modelling.start_from(name, is_pretrained=is_pretrained)
    qtbot.waitUntil(lambda: any(told in m.text for m in session.messages), timeout=30_000)
    failed = next(m for m in session.messages if told in m.text)
    assert failed.is_error
    assert failed.text.endswith("The model in use stays.")
    assert failed.action is None
    assert None in progress
    assert session.learning.model == "starter"
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
