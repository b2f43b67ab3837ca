"""Versions of the model in the window: kept, used, compared, exported and imported."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.session import Session
from app.ui.canvas.display import Comparing
from app.ui.dialogs.versions_dialog import VersionsDialog
from tests.opening import open_folder


def paint(session, x: int, y: int, class_id: int) -> None:
    recorder = session.editing.begin()
    recorder.touch(x - 5, y - 5, x + 6, y + 6)
    cv2.circle(session.image.layers.labels, (x, y), 5, class_id, -1)
    session.editing.commit(recorder, "Brush stroke")


def keep(qtbot, session) -> str:
    with qtbot.waitSignal(session.versions_changed, timeout=30_000):
        session.versions.keep()
    return session.versions.rows()[-1].name


@pytest.fixture
def taught(qtbot, opened):
    """A window whose model knows the disc, kept as v0001."""
    session = opened.session
    session.modelling.pause()
    paint(session, 50, 60, 1)
    paint(session, 140, 20, 0)
    qtbot.waitUntil(
        lambda: (
            session.image.layers.prediction is not None
            and not session.image.layers.is_suggestion
            and session.image.layers.prediction[60, 50] == 1
        ),
        timeout=60_000,
    )
    assert keep(qtbot, session) == "v0001"
    return opened


@pytest.fixture
def turned(qtbot, taught):
    """Now the model takes the disc for background; v0002 is in use."""
    session = taught.session
    for x, y in ((50, 60), (60, 70), (40, 50)):
        paint(session, x, y, 0)
    for x, y in ((140, 20), (130, 100), (10, 10)):
        paint(session, x, y, 1)
    qtbot.waitUntil(
        lambda: (
            session.image.layers.prediction[60, 65] == 0
            and session.image.layers.prediction[20, 100] == 1
        ),
        timeout=60_000,
    )
    assert keep(qtbot, session) == "v0002"
    return taught


def test_a_kept_version_tells_what_it_learned_from(taught) -> None:
    row = taught.session.versions.rows()[0]
    assert row.is_current
    assert (row.images, row.pixels) == (1, (taught.session.image.layers.labels != 255).sum())
    assert row.size > 1000


def test_going_back_to_a_version_brings_its_masks_and_leaves_the_strokes(qtbot, turned) -> None:
    session = turned.session
    labels = session.image.layers.labels.copy()
    with qtbot.waitSignal(session.prediction_changed, timeout=60_000):
        session.versions.use("v0001")
    qtbot.waitUntil(lambda: session.image.layers.prediction[60, 65] == 1, timeout=60_000)
    assert np.array_equal(session.image.layers.labels, labels)
    assert session.project.current_version == "v0001"
    assert session.learning.version == "v0001"


def test_the_other_version_is_shown_left_of_a_divider_that_can_be_dragged(qtbot, turned) -> None:
    session, canvas = turned.session, turned.canvas
    turned.actions_by_id["view.split"].trigger()
    qtbot.waitUntil(lambda: session.comparison.compared is not None, timeout=60_000)
    compared = session.comparison.compared
    assert compared.name == "v0001"
    assert compared.changed > 0.5 * session.image.layers.labels.size
    assert canvas.split.is_shown
    y = canvas.height() // 2
    x = round(canvas.view.to_widget(canvas.split.divider, 0)[0])
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    QTest.mouseMove(canvas, QPoint(x - 60, y))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x - 60, y))
    assert round(canvas.view.to_widget(canvas.split.divider, 0)[0]) == pytest.approx(x - 60, abs=1)
    assert len(session.image.history) == 8
    in_the_middle = canvas.grab().toImage()
    canvas.split.drag_to(0, canvas.view, canvas.layers)
    assert canvas.grab().toImage() != in_the_middle
    turned.actions_by_id["view.split"].trigger()
    assert turned.display.comparing is Comparing.OFF
    assert not canvas.split.is_shown


def test_what_differs_blinks_and_nothing_else_is_drawn(qtbot, turned) -> None:
    session, canvas = turned.session, turned.canvas
    turned.actions_by_id["view.blink"].trigger()
    qtbot.waitUntil(lambda: session.comparison.compared is not None, timeout=60_000)
    seen = canvas.grab().toImage()
    qtbot.waitUntil(lambda: canvas.grab().toImage() != seen, timeout=10_000)
    told = turned.statusBar().difference
    assert told.isVisible()
    assert f"{session.comparison.compared.changed:,} pixels differ from v0001" == told.text()
    assert canvas.split.is_blinking
    turned.actions_by_id["view.overlay"].trigger()
    assert not canvas.split.is_blinking
    turned.actions_by_id["view.overlay"].trigger()
    assert canvas.split.is_blinking
    canvas.hide()
    assert not canvas.split.is_blinking
    canvas.show()
    assert canvas.split.is_blinking


def test_comparing_ends_when_the_other_version_comes_into_use(qtbot, turned) -> None:
    session = turned.session
    turned.actions_by_id["view.split"].trigger()
    qtbot.waitUntil(lambda: session.comparison.compared is not None, timeout=60_000)
    session.versions.use("v0001")
    qtbot.waitUntil(lambda: turned.display.comparing is Comparing.OFF, timeout=60_000)
    assert not turned.actions_by_id["view.split"].isChecked()
    assert not turned.statusBar().difference.isVisible()


@pytest.fixture
def three(qtbot, turned):
    """v0003 is as v0002; v0001, which knows the disc, is in use."""
    session = turned.session
    assert keep(qtbot, session) == "v0003"
    session.versions.use("v0001")
    qtbot.waitUntil(lambda: session.image.layers.prediction[60, 65] == 1, timeout=60_000)
    return turned


def choose(dialog: VersionsDialog, *names: str) -> None:
    selection, model = dialog.table.selectionModel(), dialog.table.model()
    selection.clear()
    rows = {dialog.table.item(row, 0).text().split()[0]: row for row in range(model.rowCount())}
    how = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for name in names:
        selection.select(model.index(rows[name], 0), how)


@pytest.fixture
def dialog(qtbot, three):
    dialog = VersionsDialog(three.session, three)
    qtbot.addWidget(dialog)
    return dialog


def test_two_versions_are_compared_with_each_other(qtbot, three, dialog) -> None:
    session, canvas = three.session, three.canvas
    in_use = canvas.grab().toImage()
    choose(dialog, "v0003", "v0002")
    assert not dialog.use.isEnabled()
    assert not dialog.export.isEnabled()
    dialog.compare.click()
    qtbot.waitUntil(lambda: session.comparison.compared is not None, timeout=60_000)
    compared = session.comparison.compared
    assert (compared.name, compared.against) == ("v0002", "v0003")
    assert compared.changed == 0  # though that in use differs from both
    assert three.statusBar().difference.text() == "0 pixels differ between v0002 and v0003"
    canvas.split.drag_to(-9, canvas.view, canvas.layers)  # all is right of the line
    right = canvas.grab().toImage()
    middle = QPoint(canvas.width() // 2, canvas.height() // 2)
    assert right.pixelColor(middle) != in_use.pixelColor(middle)
    canvas.split.drag_to(canvas.width(), canvas.view, canvas.layers)
    assert right.pixelColor(middle) == canvas.grab().toImage().pixelColor(middle)
    x, y = canvas.view.to_image(middle.x(), middle.y())
    paint(session, int(x), int(y), 1 - int(session.comparison.compared.other.base[int(y), int(x)]))
    canvas.split.drag_to(-9, canvas.view, canvas.layers)
    assert right.pixelColor(middle) != canvas.grab().toImage().pixelColor(middle)


def test_with_that_in_use_a_second_one_is_compared_as_if_alone(qtbot, three, dialog) -> None:
    session = three.session
    choose(dialog, "v0001", "v0002")
    dialog.compare.click()
    qtbot.waitUntil(lambda: session.comparison.compared is not None, timeout=60_000)
    compared = session.comparison.compared
    assert (compared.name, compared.against) == ("v0002", "")
    assert compared.changed > 0.5 * session.image.layers.labels.size


def test_one_or_two_are_compared_but_not_three(three, dialog) -> None:
    choose(dialog, "v0001", "v0002", "v0003")
    assert not dialog.compare.isEnabled()
    choose(dialog, "v0002")
    assert dialog.compare.isEnabled()
    choose(dialog, "v0001")
    assert not dialog.compare.isEnabled()


def test_what_is_selected_stays_so_when_the_list_changes(qtbot, three, dialog) -> None:
    choose(dialog, "v0002", "v0003")
    keep(qtbot, three.session)
    assert [row.name for row in dialog.selected] == ["v0002", "v0003"]


def test_blinking_goes_on_with_the_two_that_are_compared(qtbot, three, dialog) -> None:
    session = three.session
    choose(dialog, "v0002", "v0003")
    dialog.compare.click()
    three.actions_by_id["view.blink"].trigger()
    assert three.display.comparing is Comparing.BLINK
    qtbot.waitUntil(lambda: session.comparison.compared is not None, timeout=60_000)
    assert session.comparison.compared.against == "v0003"


@pytest.mark.parametrize("name", ["v0002", "v0003"])
def test_one_of_two_that_comes_into_use_is_what_is_on_screen(
    qtbot, three, dialog, name: str
) -> None:
    session = three.session
    choose(dialog, "v0002", "v0003")
    dialog.compare.click()
    session.versions.use(name)
    other = {"v0002": "v0003", "v0003": "v0002"}[name]
    qtbot.waitUntil(
        lambda: (session.comparison.version, session.comparison.against) == (other, ""),
        timeout=60_000,
    )
    assert three.display.comparing is Comparing.SPLIT


@pytest.mark.parametrize("name", ["v0002", "v0003"])
def test_comparing_ends_when_one_of_the_two_is_deleted(three, dialog, name: str) -> None:
    choose(dialog, "v0002", "v0003")
    dialog.compare.click()
    three.session.versions.delete(name)
    assert three.session.comparison.version is None
    assert three.display.comparing is Comparing.OFF


def test_with_one_version_only_it_is_said_what_is_missing(qtbot, taught) -> None:
    with qtbot.waitSignal(taught.session.message_shown) as told:
        taught.actions_by_id["view.split"].trigger()
    assert "no other version" in told.args[0].text
    assert not taught.actions_by_id["view.split"].isChecked()


def test_the_dialogue_opens_on_the_version_in_use(turned) -> None:
    dialog = VersionsDialog(turned.session, turned)
    assert dialog.chosen is not None
    assert dialog.chosen.name == "v0002"
    assert dialog.export.isEnabled()
    assert not dialog.use.isEnabled()
    dialog.close()


def test_the_dialogue_lists_notes_and_deletes(qtbot, turned, monkeypatch) -> None:
    session = turned.session
    dialog = VersionsDialog(session, turned)
    qtbot.addWidget(dialog)
    assert [dialog.table.item(n, 0).text() for n in range(2)] == ["v0002 (in use)", "v0001"]
    dialog.table.item(1, 6).setText("the first try")
    assert session.versions.rows()[0].note == "the first try"
    dialog.table.selectRow(0)
    assert not dialog.delete.isEnabled()
    folder = session.project.version_folder("v0001")
    assert folder.is_dir()
    session.versions.delete("v0001")
    assert dialog.table.rowCount() == 1
    assert list(folder.iterdir()) == []  # its name is not used again


def test_a_model_is_exported_with_its_suffix(qtbot, taught, tmp_path: Path, monkeypatch) -> None:
    dialog = VersionsDialog(taught.session, taught)
    qtbot.addWidget(dialog)
    typed = (str(tmp_path / "mymodel"), "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: typed)
    with qtbot.waitSignal(taught.session.message_shown, timeout=30_000):
        dialog.export.click()
    assert (tmp_path / "mymodel.maskloop-model").is_file()


def test_a_model_goes_to_another_project_and_its_classes_are_found_by_name(
    qtbot, taught, tmp_path: Path
) -> None:
    session = taught.session
    session.class_editing.rename(1, "disc")
    file = tmp_path / "discs.maskloop-model"
    with qtbot.waitSignal(session.message_shown, timeout=30_000):
        session.versions.export("v0001", file)
    other_folder = tmp_path / "elsewhere"
    other_folder.mkdir()
    (other_folder / "p.png").write_bytes((session.project.folder / "picture 1.png").read_bytes())
    other = Session(device="cpu")
    try:
        assert open_folder(qtbot, other, other_folder)
        qtbot.waitUntil(lambda: other.image is not None, timeout=30_000)
        other.class_editing.rename(1, "something else")
        with qtbot.waitSignal(other.versions_changed, timeout=60_000):
            other.versions.import_file(file)
        disc = other.classes.by_name("disc")
        assert disc is not None
        assert disc.id == 2
        row = other.versions.rows()[0]
        assert not row.is_current
        assert row.note == "from discs.maskloop-model"
        other.versions.use(row.name)
        qtbot.waitUntil(
            lambda: (
                other.image.layers.prediction is not None
                and other.image.layers.prediction[60, 50] == disc.id
            ),
            timeout=60_000,
        )
    finally:
        other.close()


def test_a_hostile_model_file_is_one_sentence_and_changes_nothing(
    qtbot, taught, tmp_path: Path
) -> None:
    file = tmp_path / "x.maskloop-model"
    file.write_bytes(b"PK\x03\x04 not a zip")
    before = taught.session.classes
    with qtbot.waitSignal(taught.session.message_shown) as told:
        taught.session.versions.import_file(file)
    assert told.args[0].is_error
    assert "no model of Maskloop" in told.args[0].text
    assert taught.session.classes == before
    assert len(taught.session.versions.rows()) == 1
