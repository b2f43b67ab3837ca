"""A project is opened beside the window: it can be cancelled, and what is open stays until then."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QTimer

from app import archiving, encrypting
from app.document import location, mounts
from app.document.encryption import encrypt_project
from app.document.project import Project
from app.document.vault import Cost
from app.session import Session
from tests.opening import HeldOpening, open_folder, wait_until_opened


@pytest.fixture
def session(qtbot, monkeypatch) -> Iterator[Session]:
    session = Session(device="cpu")
    for room in ("learn_stored_labels", "segment_folder"):  # the engine has tests of its own
        monkeypatch.setattr(session.modelling, room, lambda: None)
    session.messages = []
    session.message_shown.connect(session.messages.append)
    session.questions = []
    session.passphrase_wanted.connect(lambda *question: session.questions.append(question))
    yield session
    session.close()
    mounts._vaults.clear()


def images_in(folder: Path) -> Path:
    folder.mkdir()
    cv2.imwrite(str(folder / "one.png"), np.full((20, 24, 3), 90, np.uint8))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return images_in(tmp_path / "images")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return images_in(tmp_path / "other images")


@pytest.fixture
def encrypted(other: Path) -> Path:
    """The other folder behind a passphrase that costs little."""
    Project.open(other).close()
    encrypt_project(other, "correct horse", cost=Cost(2**4, 8, 1))
    mounts._vaults.clear()
    return other


def is_free(folder: Path) -> bool:
    """Whether nobody has the project open; raises when somebody has."""
    return Project.open(folder).close()


def test_the_event_loop_turns_while_a_project_is_being_opened(
    session, folder, qtbot, monkeypatch
) -> None:
    held = HeldOpening(monkeypatch, folder)
    then = []
    session.opening.open(folder, then=lambda: then.append(threading.current_thread()))
    qtbot.waitUntil(held.began.is_set)
    turns = []
    timer = QTimer(interval=0)
    timer.timeout.connect(lambda: turns.append(1))
    timer.start()
    qtbot.waitUntil(lambda: len(turns) > 20)
    timer.stop()
    assert session.opening.folder == folder
    assert session.project is None
    held.go_on.set()
    wait_until_opened(qtbot, session)
    assert session.project is held.opened[0]
    assert then == [threading.main_thread()]


def test_a_cancelled_opening_frees_the_session_and_closes_what_comes_too_late(
    session, folder, qtbot, monkeypatch
) -> None:
    held = HeldOpening(monkeypatch, folder)
    session.opening.open(folder, then=lambda: pytest.fail("it was cancelled"))
    qtbot.waitUntil(held.began.is_set)
    with qtbot.waitSignal(session.opening_changed):
        session.opening.cancel()
    assert session.opening.folder is None
    held.let_end()
    qtbot.wait(0)  # what the thread may have sent
    assert session.project is None
    assert is_free(folder)
    assert not session.messages


def test_an_opening_cancelled_after_it_has_ended_but_before_that_is_heard_opens_nothing(
    session, folder, qtbot, monkeypatch
) -> None:
    heard = threading.Event()
    sent = []
    monkeypatch.setattr(session, "do_in_front", lambda call: (sent.append(call), heard.set()))
    session.opening.open(folder)
    assert heard.wait(20)
    session.opening.cancel()
    sent[0]()
    HeldOpening.let_end(HeldOpening(monkeypatch, folder))
    assert session.project is None
    assert is_free(folder)


def test_of_two_openings_the_last_one_wins_and_the_project_of_the_first_is_closed(
    session, folder, other, qtbot, monkeypatch
) -> None:
    held = HeldOpening(monkeypatch, folder)
    session.opening.open(folder, then=lambda: pytest.fail("another one was opened"))
    qtbot.waitUntil(held.began.is_set)
    assert open_folder(qtbot, session, other)  # a drive that does not answer is not waited for
    held.let_end()
    qtbot.wait(0)
    assert session.project.folder == other
    assert is_free(folder)


def test_a_folder_opened_again_while_it_is_being_opened_is_not_locked_by_the_first_try(
    session, folder, qtbot, monkeypatch
) -> None:
    held = HeldOpening(monkeypatch, folder)
    session.opening.open(folder)
    qtbot.waitUntil(held.began.is_set)
    session.opening.open(folder)
    held.go_on.set()
    wait_until_opened(qtbot, session)
    assert session.project is held.opened[1]
    assert not session.messages


def test_what_is_open_stays_open_until_the_next_project_is_there(
    session, folder, other, qtbot, monkeypatch
) -> None:
    assert open_folder(qtbot, session, folder)
    before = session.project
    held = HeldOpening(monkeypatch, other)
    session.opening.open(other)
    qtbot.waitUntil(held.began.is_set)
    assert session.project is before
    session.opening.cancel()
    assert session.project is before
    before.set_setting("still", "open")
    assert before.flush()
    held.let_end()
    assert open_folder(qtbot, session, other)
    assert is_free(folder)


def test_a_wrong_passphrase_asks_again_and_keeps_what_is_open(
    session, folder, encrypted, qtbot
) -> None:
    assert open_folder(qtbot, session, folder)
    before = session.project
    then = []
    assert not open_folder(qtbot, session, encrypted, then=lambda: then.append(1))
    give, sentence = session.questions.pop()
    assert "give its passphrase" in sentence
    give("wrong")
    wait_until_opened(qtbot, session)
    assert session.project is before
    assert not then
    give, sentence = session.questions.pop()
    give("correct horse")
    wait_until_opened(qtbot, session)
    assert session.project.folder == encrypted
    assert then == [1]


def test_a_locked_project_is_told_keeps_what_is_open_and_can_be_looked_at(
    session, folder, other, qtbot
) -> None:
    assert open_folder(qtbot, session, folder)
    before = session.project
    writer = Project.open(other)
    then = []
    assert not open_folder(qtbot, session, other, then=lambda: then.append(1))
    assert session.project is before
    assert "another Maskloop window" in session.messages[-1].text
    session.messages[-1].action()
    wait_until_opened(qtbot, session)
    assert session.project.is_read_only
    assert then == [1]
    session.close()
    writer.close()


def test_a_folder_that_is_gone_is_told_and_keeps_what_is_open(session, folder, qtbot) -> None:
    assert open_folder(qtbot, session, folder)
    before = session.project
    assert not open_folder(qtbot, session, folder.with_name("gone"))
    assert session.project is before
    assert session.messages[-1].is_error
    assert "gone" in session.messages[-1].text


def test_an_error_that_nobody_foresaw_reaches_the_gui_thread(
    session, folder, qtbot, monkeypatch
) -> None:
    def broken(at: Path, **how) -> Project:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(Project, "open", broken)
    with qtbot.captureExceptions() as raised:
        assert not open_folder(qtbot, session, folder)
    assert raised[0][0] is ZeroDivisionError


def test_the_folder_that_is_open_is_opened_anew_also_by_another_path_to_it(
    session, folder, qtbot
) -> None:
    assert open_folder(qtbot, session, folder)
    before = session.project
    link = folder.with_name("link")
    link.symlink_to(folder, target_is_directory=True)
    assert open_folder(qtbot, session, link)
    assert session.project is not before
    assert session.project.folder == folder
    assert not session.messages


def test_closing_the_session_does_not_wait_for_an_opening(
    session, folder, qtbot, monkeypatch
) -> None:
    held = HeldOpening(monkeypatch, folder)
    session.opening.open(folder)
    qtbot.waitUntil(held.began.is_set)
    session.close()
    assert session.opening.folder is None
    held.let_end()
    qtbot.wait(0)
    assert session.project is None
    assert is_free(folder)


def test_a_folder_opened_while_another_is_encrypted_stays_open(
    session, folder, other, qtbot, monkeypatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(encrypting, "encrypt_project", lambda at, passphrase: go_on.wait(20))
    assert open_folder(qtbot, session, folder)
    session.encrypting.encrypt("correct horse")
    assert session.project is None
    assert open_folder(qtbot, session, other)
    go_on.set()
    qtbot.waitUntil(lambda: any("is encrypted" in m.text for m in session.messages))
    assert session.opening.folder is None
    assert session.project.folder == other


def test_a_session_closed_during_an_encryption_does_not_open_the_folder_again(
    session, folder, qtbot, monkeypatch
) -> None:
    monkeypatch.setattr(encrypting, "encrypt_project", lambda at, passphrase: None)
    assert open_folder(qtbot, session, folder)
    session.encrypting.encrypt("correct horse")
    session.close()
    qtbot.waitUntil(lambda: any("is encrypted" in m.text for m in session.messages))
    assert session.opening.folder is None
    assert session.project is None


def test_an_encryption_that_fails_is_said_after_the_project_was_opened_again(
    session, folder, qtbot, monkeypatch
) -> None:
    def broken(at: Path, passphrase: str) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(encrypting, "encrypt_project", broken)
    assert open_folder(qtbot, session, folder)
    told = []
    session.project_opened.connect(lambda: told.append("opened"))
    session.message_shown.connect(lambda message: told.append(message.text))
    session.encrypting.encrypt("correct horse")
    qtbot.waitUntil(lambda: "opened" in told, timeout=20_000)
    wait_until_opened(qtbot, session)
    assert "the disk is full" in told[told.index("opened") :]


def test_a_restored_project_is_opened_and_that_is_said(session, folder, other, qtbot) -> None:
    backup = folder.with_name("backup.zip")
    assert open_folder(qtbot, session, folder)
    session.archiving.back_up(backup)
    qtbot.waitUntil(lambda: any("holds the project" in m.text for m in session.messages))
    session.archiving.restore(backup, other)
    qtbot.waitUntil(lambda: any("is restored from" in m.text for m in session.messages))
    assert session.project.folder == other


def test_a_folder_opened_while_a_backup_is_restored_stays_open(
    session, folder, other, qtbot, monkeypatch
) -> None:
    go_on = threading.Event()

    def slow(path: Path, at: Path) -> Iterator[tuple[int, int]]:
        assert go_on.wait(20)
        yield from ()

    monkeypatch.setattr(archiving, "restore", slow)
    session.archiving.restore(folder.with_name("backup.zip"), folder)
    assert open_folder(qtbot, session, other)
    go_on.set()
    qtbot.waitUntil(lambda: any("is restored from" in m.text for m in session.messages))
    assert session.opening.folder is None
    assert session.project.folder == other


def test_a_project_on_a_full_disk_can_be_looked_at(qtbot, session, folder, monkeypatch) -> None:
    Project.open(folder).close()
    error = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(location, "_refusal", lambda place: error)
        session.opening.open(folder)
        wait_until_opened(qtbot, session)
        assert session.project is None
        (message,) = session.messages
        assert "is full: make room" in message.text
        message.action()
        wait_until_opened(qtbot, session)
    assert session.project.is_read_only
