"""The queue of images: kept over restarts, and a way through the folder."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.project import ImageItem, ImageState
from app.engine.events import Traits
from app.image_queue import ordered, read_traits, write_traits
from app.session import Session
from tests.opening import open_folder


def traits(doubt: float, *looks: float) -> Traits:
    return Traits(doubt, np.array(looks, np.float32))


@pytest.fixture
def session(qtbot, tmp_path: Path):
    """On a folder of four dark images, of which the engine has made its suggestions."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(4):
        image = np.full((40, 50, 3), 30 + 10 * number, np.uint8)
        cv2.circle(image, (25, 20), 8, (200, 200, 200), -1)
        cv2.imwrite(str(folder / f"{number}.png"), image)
    session = Session(device="cpu")
    open_folder(qtbot, session, folder)
    qtbot.waitUntil(
        lambda: (
            len(session.images()) == 4
            and all(item.state is ImageState.SUGGESTED for item in session.images())
        ),
        timeout=60_000,
    )
    qtbot.waitUntil(lambda: session.image is not None)
    yield session
    session.close()


def pretend(session: Session, *doubts: float) -> None:
    """Give every image its doubt; all look alike."""
    for item, doubt in zip(session.images(), doubts, strict=True):
        session.queue.take(item.name, traits(doubt, 1, 2))


def shown(session: Session) -> str:
    return session.image.item.name if session.image is not None else ""


def test_traits_are_kept_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "traits.npz"
    write_traits(path, {"ä/1.png": traits(0.25, 1, 2), "b.png": traits(0.5, 3, 4)})
    known = read_traits(path)
    assert known["ä/1.png"].doubt == 0.25
    np.testing.assert_array_equal(known["b.png"].descriptor, [3, 4])


@pytest.mark.parametrize("content", [None, b"", b"this is no archive"])
def test_missing_or_damaged_traits_are_no_trouble(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "traits.npz"
    if content is not None:
        path.write_bytes(content)
    assert read_traits(path) == {}


def test_only_images_that_wait_are_in_the_order() -> None:
    states = {7: "predicted", 3: "suggested", 5: "reviewed", 8: "edited", 9: "failed", 2: "new"}
    images = {i: ImageItem(i, f"{i}.png", ImageState(state)) for i, state in states.items()}
    known = {f"{i}.png": traits(0.1 if i == 7 else 0.6, 0, 0) for i in states if i != 2}
    assert ordered(images, known) == (3, 7)


def test_the_engine_tells_the_traits_of_every_image(session, qtbot) -> None:
    session.queue.follow(True)
    qtbot.waitUntil(lambda: len(session.queue.order) == 4, timeout=20_000)


def test_most_useful_next_goes_to_the_most_doubtful_image(session, qtbot) -> None:
    pretend(session, 0.1, 0.2, 0.6, 0.3)
    # Without a painted image the most typical one would come first.
    session.set_state(session.images()[0].id, ImageState.REVIEWED)
    session.queue.show_most_useful()
    qtbot.waitUntil(lambda: shown(session) == "2.png", timeout=20_000)


def test_next_unreviewed_follows_the_queue_only_when_it_is_asked_to(session, qtbot) -> None:
    session.set_state(session.images()[0].id, ImageState.REVIEWED)
    pretend(session, 0.1, 0.2, 0.3, 0.6)
    session.show_next_unreviewed()
    qtbot.waitUntil(lambda: shown(session) == "1.png", timeout=20_000)
    session.queue.follow(True)
    session.show_next_unreviewed()
    qtbot.waitUntil(lambda: shown(session) == "3.png", timeout=20_000)


def test_the_queue_and_its_setting_are_there_again_after_a_restart(session, qtbot) -> None:
    folder = session.project.folder
    session.queue.follow(True)
    pretend(session, 0.1, 0.2, 0.3, 0.6)
    session.close()
    open_folder(qtbot, session, folder)
    assert session.queue.is_followed
    qtbot.waitUntil(lambda: len(session.queue.order) == 4, timeout=60_000)


def test_a_folder_that_is_gone_is_not_made_again_when_it_is_left(session, qtbot) -> None:
    folder = session.project.folder
    session.project.flush()
    folder.rename(folder.with_name("elsewhere"))
    session.close()
    assert not folder.exists()


def test_when_all_is_reviewed_it_is_said(session, qtbot) -> None:
    told = []
    session.message_shown.connect(told.append)
    for item in session.images():
        session.set_state(item.id, ImageState.REVIEWED)
    session.queue.show_most_useful()
    qtbot.waitUntil(lambda: any("reviewed" in message.text for message in told), timeout=20_000)


def test_the_tour_of_doubt_goes_from_place_to_place_and_round_again(session, qtbot) -> None:
    places = []
    session.place_found.connect(lambda *box: places.append(box))
    image = session.image
    confidence = np.full((40, 50), 255, np.uint8)
    confidence[0:8, 0:8] = 90
    confidence[32:40, 42:50] = 40
    image.layers.confidence = confidence
    for count in (1, 2, 3):
        session.doubt.show_next()
        qtbot.waitUntil(lambda count=count: len(places) == count, timeout=20_000)
    assert places[0][2:] == (50, 40)
    assert places[1][:2] == (0, 0)
    assert places[2] == places[0]


def test_where_nothing_is_in_doubt_the_tour_says_so(session, qtbot) -> None:
    told = []
    session.message_shown.connect(told.append)
    session.image.layers.confidence = np.full((40, 50), 255, np.uint8)
    session.doubt.show_next()
    qtbot.waitUntil(lambda: any("sure of all" in message.text for message in told), timeout=20_000)
