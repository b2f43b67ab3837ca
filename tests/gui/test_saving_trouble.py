"""A disk that cannot be written, seen from the window: said, tried again, never lost silently."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.document.project import Project
from app.document.saver import Saver
from app.ui.main_window import MainWindow
from tests.gui.conftest import Hand


class Disk:
    """Full while `is_full`: no transaction is begun, and no file is synced."""

    is_full = False


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk()
    commit, fsync = Saver._commit, os.fsync

    def check() -> None:
        if disk.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Saver, "_commit", lambda self, batch: (check(), commit(self, batch))[1])
    monkeypatch.setattr(os, "fsync", lambda handle: (check(), fsync(handle))[1])
    yield disk
    disk.is_full = False


@pytest.fixture
def full(qtbot, disk: Disk, hand: Hand) -> MainWindow:
    """A window with a stroke that cannot be saved."""
    qtbot.waitUntil(lambda: hand.window.session.project.is_saved, timeout=20_000)
    disk.is_full = True
    hand.drag((30, 30), (60, 30))
    strip = hand.window.strip
    qtbot.waitUntil(lambda: strip.isVisible() and "full" in strip.text.text(), timeout=20_000)
    return hand.window


def test_a_full_disk_is_said_with_one_action_that_tries_again(
    qtbot, full: MainWindow, disk: Disk
) -> None:
    strip, session = full.strip, full.session
    strip.action_button.click()
    qtbot.waitUntil(lambda: strip.isVisible() and "1 image waits" in strip.text.text())
    assert strip.text.text() == (
        "The disk is full: 1 image waits to be saved. Nothing is lost while Maskloop stays open."
    )
    assert strip.action_button.text() == "Try again"
    assert not session.saving.is_saved
    disk.is_full = False
    strip.action_button.click()
    qtbot.waitUntil(lambda: "Everything is saved again." in strip.text.text(), timeout=20_000)
    assert session.project.unsaved_images == 0


def test_a_window_whose_work_cannot_be_saved_stays_open_and_asks(
    qtbot, full: MainWindow, disk: Disk, pictures: Path
) -> None:
    painted = full.session.image.layers.labels.copy()
    full.close()
    assert full.isVisible()
    assert full.session.project is not None
    question = full.leaving.question
    assert "1 image waits" in question.text()
    _press(question, "Keep it open")
    assert full.isVisible()
    full.close()
    disk.is_full = False
    _press(full.leaving.question, "Try again")
    assert not full.isVisible()
    project = Project.open(pictures)
    (found,) = [item for item in project.images.values() if item.name == "picture 1.png"]
    labels = project.load_layers(found.id, painted.shape)[0].labels
    project.close()
    np.testing.assert_array_equal(labels, painted)


def test_work_is_given_up_only_on_a_clear_yes(qtbot, full: MainWindow) -> None:
    full.actions_by_id["file.close"].trigger()
    assert full.session.project is not None
    _press(full.leaving.question, "Close and lose it")
    assert full.session.project is None
    assert full.leaving.question is None


def _press(question, text: str) -> None:
    (button,) = [button for button in question.buttons() if button.text() == text]
    button.click()
