"""Encrypting a project in the window, and opening it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QLabel

from app.document import mounts
from app.document.errors import WrongPassphrase
from app.document.project import Project
from app.document.vault import Cost
from app.ui.dialogs.passphrase_dialog import PassphraseDialog
from app.ui.main_window import MainWindow
from tests.gui.conftest import Hand


@pytest.fixture(autouse=True)
def no_mounts() -> Iterator[None]:
    yield
    mounts._vaults.clear()


def _dialog(qtbot, window: MainWindow, besides: QDialog | None = None) -> PassphraseDialog:
    def shown() -> list[PassphraseDialog]:
        found = window.findChildren(PassphraseDialog)
        return [dialog for dialog in found if dialog.isVisible() and dialog is not besides]

    qtbot.waitUntil(lambda: len(shown()) == 1)
    return shown()[0]


def test_a_project_is_encrypted_and_asks_for_its_passphrase_until_it_is_right(
    qtbot, opened: MainWindow, hand: Hand, pictures: Path
) -> None:
    hand.drag((10, 10), (20, 20))
    painted = hand.labels().copy()
    name = opened.session.image.item.name
    assert opened.actions_by_id["file.encrypt"].text() == "Encrypt project…"
    assert not opened.actions_by_id["file.passphrase"].isEnabled()
    opened.actions_by_id["file.encrypt"].trigger()
    dialog = _dialog(qtbot, opened)
    dialog.first.setText("correct horse")
    assert not dialog.action_button.isEnabled()
    dialog.again.setText("correct horse")
    dialog.action_button.click()
    session = opened.session
    qtbot.waitUntil(
        lambda: session.project is not None and session.project.is_encrypted,
        timeout=20_000,
    )
    qtbot.waitUntil(lambda: session.image is not None, timeout=20_000)
    assert opened.actions_by_id["file.encrypt"].text() == "Make the project plain…"
    assert opened.actions_by_id["file.passphrase"].isEnabled()
    session.close()

    opened.commands.files.open_folder(pictures)
    assert session.project is None
    dialog = _dialog(qtbot, opened)
    dialog.first.setText("wrong")
    dialog.action_button.click()
    dialog = _dialog(qtbot, opened, besides=dialog)
    assert session.project is None
    dialog.first.setText("correct horse")
    dialog.action_button.click()
    qtbot.waitUntil(lambda: session.image is not None, timeout=20_000)
    assert session.image.item.name == name
    assert (session.image.layers.labels == painted).all()


def test_the_passphrase_is_changed_while_the_project_is_open(
    qtbot, opened: MainWindow, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cost.__init__, "__defaults__", (2**4, 8, 1))
    session = opened.session
    session.encrypting.encrypt("correct horse")
    qtbot.waitUntil(
        lambda: session.project is not None and session.project.is_encrypted, timeout=20_000
    )
    opened.actions_by_id["file.passphrase"].trigger()
    dialog = _dialog(qtbot, opened)
    _fill(dialog, "wrong", "battery staple")
    dialog = _dialog(qtbot, opened, besides=dialog)
    assert any("nothing was changed" in label.text() for label in dialog.findChildren(QLabel))
    _fill(dialog, "correct horse", "battery staple")
    qtbot.waitUntil(lambda: "another passphrase" in opened.strip.text.text(), timeout=20_000)
    session.close()
    with pytest.raises(WrongPassphrase):
        Project.open(pictures, passphrase="correct horse")
    assert Project.open(pictures, passphrase="battery staple").close()


def test_a_wrong_passphrase_does_not_close_the_project_that_was_to_be_decrypted(
    qtbot, opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cost.__init__, "__defaults__", (2**4, 8, 1))
    session = opened.session
    session.encrypting.encrypt("correct horse")
    qtbot.waitUntil(
        lambda: session.project is not None and session.project.is_encrypted, timeout=20_000
    )
    project = session.project
    opened.actions_by_id["file.encrypt"].trigger()
    dialog = _dialog(qtbot, opened)
    dialog.first.setText("wrong")
    dialog.action_button.click()
    dialog = _dialog(qtbot, opened, besides=dialog)
    assert any("nothing was changed" in label.text() for label in dialog.findChildren(QLabel))
    assert session.project is project
    dialog.first.setText("correct horse")
    dialog.action_button.click()
    qtbot.waitUntil(
        lambda: session.project is not None and not session.project.is_encrypted, timeout=20_000
    )


def test_a_project_that_cannot_be_saved_is_not_closed_to_be_encrypted(
    opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened.session
    monkeypatch.setattr(session.saving, "finish", lambda: "The disk is full.")
    project = session.project
    session.encrypting.encrypt("correct horse")
    assert session.project is project
    assert "The disk is full. Nothing was changed." in opened.strip.text.text()


def _fill(dialog: PassphraseDialog, old: str, new: str) -> None:
    dialog.first.setText(new)
    dialog.again.setText(new)
    assert not dialog.action_button.isEnabled()
    dialog.former.setText(old)
    dialog.action_button.click()
