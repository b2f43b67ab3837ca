"""Conflicts in a session: found by the engine, flipped as an edit, kept for good."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.engine.events import Conflict, ConflictsFound
from app.session import Session
from tests.opening import open_folder


@pytest.fixture
def session(qtbot, tmp_path: Path):
    """Two images of a bright square, the first on screen."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(2):
        image = np.random.default_rng(number).normal(60, 8, (80, 100, 3))
        image[30:50, 40:60] += 120
        cv2.imwrite(str(folder / f"{number}.png"), np.clip(image, 0, 255).astype(np.uint8))
    session = Session(device="cpu")
    open_folder(qtbot, session, folder)
    qtbot.waitUntil(lambda: session.image is not None and len(session.images()) == 2)
    yield session
    session.close()


def dot(session: Session, x: int, y: int, class_id: int) -> None:
    recorder = session.editing.begin()
    recorder.touch(x - 4, y - 4, x + 5, y + 5)
    cv2.circle(session.image.layers.labels, (x, y), 3, class_id, -1)
    session.editing.commit(recorder, "Brush stroke")


def made_up(key: str = "0.png", box: tuple[int, int, int, int] = (20, 10, 27, 17)) -> Conflict:
    shape = (box[3] - box[1], box[2] - box[0])
    picture = np.zeros((8, 8, 3), np.uint8)
    return Conflict(key, box, np.ones(shape, bool), 1, 0, 0.9, picture)


def test_a_slip_is_found_and_flipped_and_the_flip_is_undone(session, qtbot) -> None:
    for x, y in ((45, 35), (55, 35), (55, 45), (45, 45)):
        dot(session, x, y, 1)
    for x, y in ((10, 10), (90, 10), (10, 70), (90, 70), (70, 20), (50, 65), (20, 40), (15, 60)):
        dot(session, x, y, 0)
    dot(session, 30, 65, 1)  # the slip
    session.conflicts.find()
    assert session.conflicts.is_searching
    qtbot.waitUntil(lambda: not session.conflicts.is_searching, timeout=60_000)
    first = session.conflicts.found[0]
    assert first.box[0] <= 30 < first.box[2]
    assert (first.class_id, first.suggested) == (1, 0)
    assert first.picture.shape == (88, 88, 3)
    session.conflicts.flip(first)
    labels = session.image.layers.labels
    assert labels[65, 30] == 0
    assert first not in session.conflicts.found
    session.editing.undo()
    assert labels[65, 30] == 1


def test_flipping_leaves_what_was_painted_meanwhile(session) -> None:
    dot(session, 23, 13, 1)
    labels = session.image.layers.labels
    painted = labels == 1
    labels[13, 23] = 0
    conflict = made_up()
    session.conflicts.take(ConflictsFound((conflict,), ""))
    session.conflicts.flip(conflict)
    assert (labels[painted] == 0).all()
    assert labels[10, 20] == 255


def test_a_conflict_of_another_image_brings_it_to_the_screen_first(session, qtbot) -> None:
    places = []
    session.place_found.connect(lambda *box: places.append((session.image.item.name, box)))
    conflict = made_up("1.png")
    session.conflicts.take(ConflictsFound((conflict,), ""))
    session.conflicts.show(conflict)
    qtbot.waitUntil(lambda: bool(places), timeout=20_000)
    name, (x0, y0, x1, y1) = places[0]
    assert name == "1.png"
    assert x0 < 20 < 27 < x1
    assert y0 < 10 < 17 < y1


def test_what_was_kept_is_never_asked_again_also_when_its_edge_moves(session, qtbot) -> None:
    conflict = made_up()
    session.conflicts.take(ConflictsFound((conflict,), ""))
    session.conflicts.keep(conflict)
    assert session.conflicts.found == ()
    folder = session.project.folder
    session.close()
    open_folder(qtbot, session, folder)
    moved, elsewhere = made_up(box=(20, 11, 28, 17)), made_up(box=(60, 50, 67, 57))
    session.conflicts.take(ConflictsFound((moved, elsewhere), ""))
    assert session.conflicts.found == (elsewhere,)


def test_with_nothing_painted_a_sentence_says_what_to_do(session, qtbot) -> None:
    session.conflicts.find()
    qtbot.waitUntil(lambda: not session.conflicts.is_searching, timeout=60_000)
    assert "Paint" in session.conflicts.sentence


def test_a_search_ends_also_when_the_engine_fails(session, qtbot) -> None:
    qtbot.waitUntil(lambda: session.learning.is_ready, timeout=60_000)
    session.conflicts.find()
    session.modelling.restart()
    assert not session.conflicts.is_searching
    assert "again" in session.conflicts.sentence
