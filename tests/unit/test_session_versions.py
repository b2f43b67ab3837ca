"""Versions in the session: back with one click and on again, also after a restart."""

import pytest
from test_session import (  # noqa: F401
    folder,
    open_and_wait,
    paint,
    paint_both_classes,
    session,
    wait_for_prediction,
)


@pytest.fixture
def taught(session, folder, qtbot):  # noqa: F811
    """A session whose model was kept as v0001 and v0002; learning in idle time is paused."""
    open_and_wait(session, folder, qtbot)
    session.modelling.pause()
    paint_both_classes(session)
    wait_for_prediction(session, qtbot, is_suggestion=False)
    for count in (1, 2):
        session.versions.keep()
        qtbot.waitUntil(lambda n=count: len(session.versions.rows()) == n, timeout=30_000)
    return session


def use(session, qtbot, name: str) -> None:  # noqa: F811
    session.versions.use(name)
    qtbot.waitUntil(lambda: session.project.current_version == name, timeout=30_000)


def test_going_back_is_one_click_and_so_is_going_on_again(taught, qtbot) -> None:
    labels, before = taught.image.layers.labels.copy(), taught.image.layers.prediction
    use(taught, qtbot, "v0001")
    qtbot.waitUntil(lambda: taught.image.layers.prediction is not before, timeout=30_000)
    assert (taught.image.layers.labels == labels).all()
    back = taught.messages[-1]
    assert back.action_text == "Back to v0002"
    back.action()
    qtbot.waitUntil(lambda: taught.project.current_version == "v0002", timeout=30_000)


def test_the_version_in_use_is_the_same_after_a_restart(taught, folder, qtbot) -> None:  # noqa: F811
    use(taught, qtbot, "v0001")
    taught.close()
    open_and_wait(taught, folder, qtbot)
    qtbot.waitUntil(lambda: taught.learning.version == "v0001", timeout=30_000)
    assert [row.name for row in taught.versions.rows() if row.is_current] == ["v0001"]


def test_after_going_back_nothing_is_learned_until_the_next_stroke(taught, qtbot) -> None:
    taught.modelling.resume()
    qtbot.waitUntil(lambda: taught.learning.is_learning, timeout=30_000)
    shown = []
    taught.progress_changed.connect(shown.append)
    use(taught, qtbot, "v0001")
    qtbot.waitUntil(lambda: "new strokes" in taught.learning.sentence, timeout=30_000)
    step = taught.learning.step
    # The folder shares idle time with learning: by its end there would have been steps.
    qtbot.waitUntil(lambda: len(shown) > 1 and shown[-1] is None, timeout=30_000)
    assert taught.learning.step == step
    assert not taught.learning.is_learning
    paint(taught, 5, 5, 0)
    qtbot.waitUntil(lambda: taught.learning.is_learning, timeout=30_000)


def test_a_broken_model_file_is_told_and_adds_no_class(taught, tmp_path) -> None:
    file = tmp_path / "broken.maskloop-model"
    file.write_bytes(b"PK")
    taught.versions.import_file(file)
    assert "broken.maskloop-model" in taught.messages[-1].text
    assert taught.messages[-1].is_error
    assert len(taught.versions.rows()) == 2


def test_what_is_in_use_is_not_compared_with_itself(taught, qtbot) -> None:
    assert taught.comparison.begin("v0001")
    qtbot.waitUntil(lambda: taught.comparison.compared is not None, timeout=30_000)
    use(taught, qtbot, "v0001")
    assert taught.comparison.version is None
