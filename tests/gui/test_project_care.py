"""Check, backup, restore and the settings, from the real window."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from app.document.images import pixel_limit, set_pixel_limit
from app.ui.dialogs.check_dialog import CheckDialog
from app.ui.dialogs.settings_dialog import SettingsDialog
from app.ui.settings import apply_settings
from tests.gui.conftest import open_and_wait
from tests.opening import open_folder


@pytest.fixture
def painted(hand):
    """A window with a stroke whose label file is written."""
    hand.drag((30, 30), (60, 30))
    session = hand.window.session
    session.editing.save_labels()
    session.project.flush()
    return hand.window


def looked(qtbot, window) -> CheckDialog:
    window.actions_by_id["file.check"].trigger()
    (dialog,) = window.findChildren(CheckDialog)
    qtbot.waitUntil(lambda: not dialog.is_working, timeout=20_000)
    return dialog


def test_a_sound_project_is_said_to_be_sound(qtbot, painted) -> None:
    dialog = looked(qtbot, painted)
    assert dialog.sentence.text() == "Nothing is wrong."
    assert not dialog.action_button.isEnabled()
    dialog.reject()


def test_what_is_broken_is_listed_and_repaired_on_a_yes(qtbot, painted) -> None:
    project = painted.session.project
    path = project.label_path(painted.session.image.item.id)
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    dialog = looked(qtbot, painted)
    assert "Can be repaired: 1." in dialog.sentence.text()
    item = dialog.list.topLevelItem(0)
    assert item.text(0) == "picture 1.png"
    assert item.text(2) == "can be repaired"
    assert path.read_bytes() == whole[:100]
    dialog.action_button.click()
    qtbot.waitUntil(lambda: not dialog.is_working, timeout=20_000)
    assert "Repaired: 1." in dialog.sentence.text()
    assert len(path.read_bytes()) > 100
    dialog.reject()


def test_a_backup_is_restored_beside_the_same_images(
    qtbot, painted, pictures: Path, tmp_path: Path, monkeypatch
) -> None:
    told = []
    session = painted.session
    session.message_shown.connect(told.append)
    labels = session.image.layers.labels.copy()
    archive = tmp_path / "work.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(archive), ""))
    painted.actions_by_id["file.backup"].trigger()
    qtbot.waitUntil(lambda: any("holds the project" in m.text for m in told), timeout=20_000)
    session.close()

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for image in pictures.glob("*.png"):
        shutil.copy(image, elsewhere)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(archive), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(elsewhere))
    painted.actions_by_id["file.restore"].trigger()
    qtbot.waitUntil(lambda: session.image is not None, timeout=20_000)
    assert session.project.folder == elsewhere
    assert any("is restored from work.zip" in m.text for m in told)
    np.testing.assert_array_equal(session.image.layers.labels, labels)


def test_that_there_is_nothing_to_report_is_said_before_a_file_is_asked_for(
    qtbot, opened, monkeypatch
) -> None:
    asked = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: asked.append(1) or ("", ""))
    qtbot.waitUntil(lambda: opened.session.learning.is_ready, timeout=60_000)
    with qtbot.waitSignal(opened.session.message_shown) as told:
        opened.actions_by_id["file.report"].trigger()
    assert "nothing to report yet" in told.args[0].text
    assert "imported do not count" in told.args[0].text
    assert not asked


def test_where_labels_are_kept_can_be_looked_up_later(
    qtbot, window, pictures: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(
        "app.document.location.platformdirs.user_data_path", lambda *_, **__: tmp_path / "data"
    )
    (pictures / "maskloop").write_text("in the way, as a folder that cannot be written")
    assert open_folder(qtbot, window.session, pictures)
    bar = window.statusBar()
    qtbot.waitUntil(lambda: bar.saved.text() == "Saved elsewhere", timeout=20_000)
    assert str(tmp_path / "data") in bar.saved.toolTip()
    window.session.close()
    assert "kept in" not in bar.saved.toolTip()


def test_a_file_that_is_no_backup_is_refused_in_a_sentence(qtbot, window, tmp_path: Path) -> None:
    told = []
    window.session.message_shown.connect(told.append)
    (tmp_path / "no.zip").write_bytes(b"nothing")
    window.session.archiving.restore(tmp_path / "no.zip", tmp_path)
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert told[0].is_error
    assert "no.zip cannot be unpacked" in told[0].text
    assert window.session.project is None


def test_the_pixel_limit_is_kept_and_heeded(qtbot, window, pictures: Path) -> None:
    before = pixel_limit()
    try:
        window.actions_by_id["file.settings"].trigger()
        (dialog,) = window.findChildren(SettingsDialog)
        dialog.limit.setValue(123)
        dialog.accept()
        assert pixel_limit() == 123_000_000
        set_pixel_limit(1)
        apply_settings()
        assert pixel_limit() == 123_000_000
        set_pixel_limit(100)
        told = []
        window.session.message_shown.connect(told.append)
        open_folder(qtbot, window.session, pictures)
        qtbot.waitUntil(lambda: any("picture 1.png" in m.text for m in told), timeout=20_000)
        assert window.session.image is None
    finally:
        set_pixel_limit(before)
    window.session.close()
    open_and_wait(qtbot, window, pictures)
