"""The folder is looked through beside the window: in order, stoppable, and never by the GUI."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document import folder_scan
from app.session import Session
from app.ui.docks.image_list import ImageModel
from tests.opening import open_folder


@pytest.fixture
def session(qtbot, monkeypatch):
    session = Session(device="cpu")
    for room in ("learn_stored_labels", "segment_folder"):  # the engine has tests of its own
        monkeypatch.setattr(session.modelling, room, lambda: None)
    session.messages = []
    session.message_shown.connect(session.messages.append)
    yield session
    session.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(12):
        image = np.full((20, 24, 3), 10 * number, np.uint8)
        cv2.imwrite(str(folder / f"im{number}.png"), image)
    return folder


@pytest.fixture
def small_steps(monkeypatch) -> None:
    monkeypatch.setattr(folder_scan, "_STEP", 1)


def read_to_the_end(session: Session, folder: Path, qtbot) -> None:
    assert open_folder(qtbot, session, folder)
    qtbot.waitUntil(lambda: session.image is not None, timeout=20_000)
    qtbot.waitUntil(lambda: session.folder_reading._reader is None, timeout=20_000)


def paint(session: Session) -> None:
    recorder = session.editing.begin()
    recorder.touch(2, 2, 8, 8)
    session.image.layers.labels[2:8, 2:8] = 1
    session.editing.commit(recorder, "Brush stroke")


def hold_after(count: int, monkeypatch) -> threading.Event:
    """Let the reading wait after so many files, until the event is set."""
    gate = threading.Event()
    original = folder_scan.find_images

    def held(folder: Path):
        for number, name in enumerate(original(folder)):
            if number == count:
                assert gate.wait(20)
            yield name

    monkeypatch.setattr(folder_scan, "find_images", held)
    return gate


def test_no_file_is_looked_at_by_the_gui_thread(session, folder, qtbot, monkeypatch) -> None:
    names = set()
    look = folder_scan.FolderScan._stat

    def noted(scan, name):
        names.add(threading.current_thread().name)
        return look(scan, name)

    monkeypatch.setattr(folder_scan.FolderScan, "_stat", noted)
    read_to_the_end(session, folder, qtbot)
    assert names == {"maskloop-folder"}


def test_images_are_reported_in_order_each_once(session, folder, qtbot, small_steps) -> None:
    found, model = [], ImageModel(session)
    rows_after_report = []
    session.images_found.connect(found.extend)
    session.images_found.connect(lambda ids: rows_after_report.append(model.rowCount()))
    read_to_the_end(session, folder, qtbot)
    assert found == [item.id for item in session.images()]
    assert [model.data(model.index(row)) for row in range(12)] == [
        f"im{number}.png" for number in range(12)
    ]
    assert rows_after_report[-1] == 12


def test_the_first_image_is_shown_before_the_folder_is_known(
    session, folder, qtbot, monkeypatch, small_steps
) -> None:
    gate = hold_after(3, monkeypatch)
    assert open_folder(qtbot, session, folder)
    qtbot.waitUntil(lambda: session.image is not None, timeout=20_000)
    assert session.image.item.name == "im0.png"
    assert len(session.images()) == 3
    gate.set()
    qtbot.waitUntil(lambda: len(session.images()) == 12, timeout=20_000)


def test_closing_stops_a_reading_that_would_never_end(
    session, folder, qtbot, monkeypatch, small_steps
) -> None:
    def endless(folder: Path):
        while True:
            yield "im0.png"

    monkeypatch.setattr(folder_scan, "find_images", endless)
    with qtbot.waitSignal(session.images_found, timeout=20_000):
        assert open_folder(qtbot, session, folder)
    session.close()
    assert "maskloop-folder" not in {thread.name for thread in threading.enumerate()}
    assert not session.messages
    monkeypatch.undo()
    monkeypatch.setattr(session.modelling, "segment_folder", lambda: None)
    read_to_the_end(session, folder, qtbot)
    assert len(session.images()) == 12


def test_an_image_in_the_part_that_was_not_reached_is_not_taken_for_vanished(
    session, folder, qtbot, monkeypatch, small_steps
) -> None:
    read_to_the_end(session, folder, qtbot)
    session.close()
    gate = hold_after(3, monkeypatch)
    assert open_folder(qtbot, session, folder)
    project, reader = session.project, session.folder_reading._reader
    reader._stopped.set()
    gate.set()
    reader.thread.join()
    assert [item.error for item in project.images.values()] == [None] * 12


def test_a_renamed_image_asked_for_too_early_is_shown_with_its_labels(
    session, folder, qtbot, monkeypatch, small_steps
) -> None:
    read_to_the_end(session, folder, qtbot)
    paint(session)
    old_id = session.image.item.id
    session.close()
    (folder / "im0.png").rename(folder / "a.png")
    gate = hold_after(1, monkeypatch)
    assert open_folder(qtbot, session, folder)
    qtbot.waitUntil(lambda: session.item_named("a.png") is not None, timeout=20_000)
    new_id = session.item_named("a.png").id
    assert new_id != old_id
    waiting = []
    session.do_in_front(lambda: waiting.append(True))  # what was reported has been heard
    qtbot.waitUntil(lambda: bool(waiting))
    session.show_image(new_id)
    assert session.wanted_image != new_id
    gate.set()
    qtbot.waitUntil(
        lambda: session.image is not None and session.image.item.name == "a.png", timeout=20_000
    )
    assert session.image.item.id == old_id
    assert (session.image.layers.labels[2:8, 2:8] == 1).all()


def test_a_folder_that_breaks_off_is_told(session, folder, qtbot, monkeypatch, small_steps) -> None:
    def broken(folder: Path):
        yield "im0.png"
        raise OSError("the drive is gone")

    monkeypatch.setattr(folder_scan, "find_images", broken)
    read_to_the_end(session, folder, qtbot)
    (message,) = session.messages
    assert "cannot be read to its end: the drive is gone" in message.text
    assert message.is_error


def test_a_stroke_while_a_changed_file_is_compared_is_kept(
    session, folder, qtbot, monkeypatch
) -> None:
    read_to_the_end(session, folder, qtbot)
    project, image_id = session.project, session.image.item.id
    (folder / "im0.png").write_bytes((folder / "im0.png").read_bytes() + b"\0")
    original = folder_scan.FolderScan._changes_of_content
    painted = []

    def compared(scan, record):
        changes = original(scan, record)
        if not painted:
            painted.append(True)
            paint(session)
        return changes

    monkeypatch.setattr(folder_scan.FolderScan, "_changes_of_content", compared)
    list(project.rescan())
    assert project.images[image_id].state == "edited"
