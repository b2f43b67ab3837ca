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

from app.engine.events import AveragingSet, FolderProgress
from app.session import Session
from tests.hub import Hub

TINY = "features:test_resnet"
IN_THE_HUB = ("timm/test_resnet.r160_in1k", "model.safetensors")


def start(session, qtbot) -> None:  # noqa: F811
    session.new_models.start_from(TINY, is_pretrained=False)
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
    offline,
    name,
    is_pretrained,
    told,
) -> None:
    progress = []
    session.progress_changed.connect(progress.append)
    open_and_wait(session, folder, qtbot)
    session.new_models.start_from(name, is_pretrained=is_pretrained)
    qtbot.waitUntil(lambda: any(told in m.text for m in session.messages), timeout=30_000)
    failed = next(m for m in session.messages if told in m.text)
    assert failed.is_error
    assert failed.text.endswith("The model in use stays.")
    assert failed.action is None
    assert None in progress
    assert session.learning.model == "starter"
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)


def has_begun_anew(heard) -> bool:
    """Whether the folder is predicted another way, and that is told."""
    kinds = [type(event) for event in heard]
    return AveragingSet in kinds and FolderProgress in kinds[kinds.index(AveragingSet) :]


def tell_progress(session) -> list:  # noqa: F811
    told: list = []
    session.progress_changed.connect(told.append)
    return told


def test_a_download_that_is_stopped_leaves_the_model_in_use_as_it_was(
    session,  # noqa: F811
    folder,  # noqa: F811
    qtbot,
    hub: Hub,
) -> None:
    file = hub.put_weights(*IN_THE_HUB, bytes(9_000_000), stops_at=3_000_000)
    open_and_wait(session, folder, qtbot)
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    told = tell_progress(session)
    session.new_models.start_from(TINY, is_pretrained=True)
    qtbot.waitUntil(lambda: file.has_stopped.is_set(), timeout=30_000)
    qtbot.waitUntil(lambda: any(p and p.is_bytes for p in told), timeout=30_000)
    shown = next(p for p in reversed(told) if p)
    assert shown.sentence == f"Fetching {TINY}"
    assert shown.can_cancel
    assert shown.count.endswith(" / 9 MB")
    before = session.image.layers.prediction
    session.cancel_work()
    qtbot.waitUntil(lambda: told[-1] is None, timeout=5_000)
    assert session.messages[-1].text == "Stopped: the model in use stays."
    assert not session.messages[-1].is_error
    assert session.learning.model == "starter"
    paint(session, 50, 40, 1)
    qtbot.waitUntil(lambda: session.image.layers.prediction is not before, timeout=30_000)
    assert session.learning.model == "starter"


def test_the_folder_s_progress_does_not_hide_that_of_a_download(
    session,  # noqa: F811
    folder,  # noqa: F811
    qtbot,
    hub: Hub,
) -> None:
    file = hub.put_weights(*IN_THE_HUB, bytes(900_000), stops_at=300_000)
    open_and_wait(session, folder, qtbot)
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    session.new_models.start_from(TINY, is_pretrained=True)
    told = tell_progress(session)
    qtbot.waitUntil(lambda: file.has_stopped.is_set(), timeout=30_000)
    heard = []
    session.engine_spoke.connect(lambda _, event: heard.append(event))
    session.modelling.set_averaging("flips")
    qtbot.waitUntil(lambda: has_begun_anew(heard), timeout=30_000)
    assert all(p and p.sentence != "Segmenting the folder" for p in told)


def test_a_folder_that_is_left_fetches_nothing_any_more(
    session,  # noqa: F811
    folder,  # noqa: F811
    qtbot,
    hub: Hub,
    tmp_path,
) -> None:
    file = hub.put_weights(*IN_THE_HUB, bytes(900_000), stops_at=300_000)
    open_and_wait(session, folder, qtbot)
    qtbot.waitUntil(lambda: session.learning.is_ready, timeout=30_000)
    session.new_models.start_from(TINY, is_pretrained=True)
    qtbot.waitUntil(lambda: file.has_stopped.is_set(), timeout=30_000)
    session.close()
    assert not list(tmp_path.rglob("*.incomplete"))
    assert not session.new_models.is_making
