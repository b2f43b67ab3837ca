"""While a folder is being opened: the page that says so, its Cancel, and a window that goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.document.catalogue import ImageState
from app.ui.main_window import MainWindow
from tests.gui.conftest import Hand, open_and_wait
from tests.opening import HeldOpening, wait_until_opened


@pytest.fixture
def other(tmp_path: Path, pictures: Path) -> Path:
    """A second folder, with one of the pictures."""
    folder = tmp_path / "a slow drive"
    folder.mkdir()
    (folder / "a.png").write_bytes((pictures / "picture 1.png").read_bytes())
    return folder


def shows(window: MainWindow, page: str) -> bool:
    return window.pages.currentWidget() is getattr(window, page)


def test_the_page_names_the_folder_and_the_actions_of_a_project_are_grey(
    qtbot, hand: Hand, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = hand.window
    hand.drag((10, 10), (20, 20))
    held = HeldOpening(monkeypatch, other)
    window.commands.files.open_folder(other)
    actions = window.actions_by_id
    grey = ("file.export", "file.close", "image.next", "edit.undo")
    assert not any(actions[name].isEnabled() for name in grey)
    assert actions["file.open"].isEnabled()
    assert shows(window, "canvas")  # not yet: most folders open at once
    qtbot.waitUntil(lambda: shows(window, "opening_page"))
    assert "a slow drive" in window.opening_page.title.text()
    assert not window.docks["images"].isVisible()
    held.go_on.set()
    qtbot.waitUntil(
        lambda: window.session.image is not None and shows(window, "canvas"), timeout=20_000
    )
    wait_until_opened(qtbot, window.session)
    assert window.session.project.folder == other
    assert window.canvas.hasFocus()
    assert all(actions[name].isEnabled() for name in ("file.export", "file.close"))


@pytest.mark.parametrize("how", ["Escape", "button"])
def test_cancelling_brings_back_what_was_there(
    qtbot, hand: Hand, other: Path, key, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    window = hand.window
    hand.drag((10, 10), (20, 20))
    painted = hand.labels().copy()
    window.session.tell("A message with a button that takes the focus.")
    window.strip.close_button.setFocus()
    held = HeldOpening(monkeypatch, other)
    window.commands.files.open_folder(other)
    qtbot.waitUntil(lambda: shows(window, "opening_page"))
    if how == "Escape":
        key(window, Qt.Key.Key_Escape)
    else:
        window.opening_page.cancel_button.click()
    assert shows(window, "canvas")
    assert window.docks["images"].isVisible()
    assert window.actions_by_id["edit.undo"].isEnabled()
    assert window.canvas.hasFocus()
    assert (hand.labels() == painted).all()
    held.let_end()


def test_cancelled_without_a_project_the_empty_page_is_usable(
    qtbot, window: MainWindow, pictures: Path, key, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldOpening(monkeypatch, pictures)
    window.commands.files.open_folder(pictures)
    qtbot.waitUntil(lambda: shows(window, "opening_page"))
    key(window, Qt.Key.Key_Escape)
    assert shows(window, "empty_page")
    held.go_on.set()
    open_and_wait(qtbot, window, pictures)
    assert shows(window, "canvas")


def test_a_folder_that_opens_at_once_never_shows_the_page(
    qtbot, window: MainWindow, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.opening_page.became_due.connect(lambda: pytest.fail("it was due"))
    window.opening_page._timer.setInterval(60_000)
    open_and_wait(qtbot, window, pictures)
    assert not window.opening_page._timer.isActive()


def test_the_window_closes_while_a_folder_is_being_opened(
    qtbot, opened: MainWindow, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldOpening(monkeypatch, other)
    opened.commands.files.open_folder(other)
    qtbot.waitUntil(held.began.is_set)
    assert opened.close()
    assert not opened.isVisible()
    assert opened.session.project is None
    held.let_end()
    qtbot.wait(0)
    assert opened.session.project is None


def test_an_error_is_shown_and_the_window_is_as_before(
    qtbot, opened: MainWindow, other: Path
) -> None:
    opened.commands.files.open_folder(other / "gone")
    wait_until_opened(qtbot, opened.session)
    assert "gone" in opened.strip.text.text()
    assert shows(opened, "canvas")
    assert opened.session.project.folder != other
    assert opened.actions_by_id["file.export"].isEnabled()


def test_a_folder_on_a_disk_that_is_gone_stays_among_the_recent_ones(
    qtbot, opened: MainWindow, other: Path
) -> None:
    open_and_wait(qtbot, opened, other)
    session = opened.session
    # What is still to be written when the folder goes would make closing it ask first.
    qtbot.waitUntil(
        lambda: all(item.state is ImageState.SUGGESTED for item in session.images()),
        timeout=30_000,
    )
    session.project.flush()
    qtbot.waitUntil(lambda: session.saving.is_saved)
    other.rename(other.with_name("elsewhere"))
    opened.commands.files.close_folder()
    [link] = [
        button for button in opened.empty_page.findChildren(QPushButton) if "slow" in button.text()
    ]
    link.click()
    wait_until_opened(qtbot, opened.session)
    assert "is not there" in opened.strip.text.text()
    assert shows(opened, "empty_page")
    other.with_name("elsewhere").rename(other)
    link.click()
    qtbot.waitUntil(lambda: opened.session.image is not None, timeout=20_000)
