"""The window around the canvas: actions, keys in text fields, panels, messages, dropped folders."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QEnterEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMainWindow

from app.document.catalogue import ImageItem, ImageState
from app.document.compaction import UndoLimit
from app.document.edit import EditRecorder
from app.document.project import Project
from app.learning import LearningState
from app.notices import Message, Progress
from app.score_summary import summarise
from app.scoring import Score
from app.ui.actions import ACTIONS, GESTURES, Needs
from app.ui.canvas.tone import Tone
from app.ui.docks.image_delegate import ROW_HEIGHT
from app.ui.help_page import help_html
from app.ui.icons import icon
from app.ui.option_fields import SizeField
from tests.gui.conftest import HEIGHT, WIDTH, open_and_wait


def test_no_two_actions_share_a_key() -> None:
    keys = [QKeySequence(key).toString() for spec in ACTIONS.values() for key in spec.shortcuts]
    assert len(keys) == len(set(keys))
    assert all(keys)


KEYS_PEOPLE_KNOW = {
    "image.next": ("D", "PgDown"),
    "image.previous": ("A", "PgUp"),
    "image.unreviewed": ("Ctrl+Shift+D",),
    "image.reviewed": ("Ctrl+Return",),
    "tool.brush": ("B",),
    "tool.eraser": ("E",),
    "tool.fill": ("F",),
    "tool.polygon": ("P",),
    "tool.lasso": ("L",),
    "tool.wand": ("W",),
    "tool.superpixel": ("S",),
    "tool.grabcut": ("G",),
    "tool.threshold": ("T",),
    "tool.pick": ("I",),
    "brush.smaller": ("[", ","),
    "brush.larger": ("]", "."),
    "class.swap": ("X",),
    "class.lock": ("Alt+L",),
    "class.0": ("0",),
    "class.9": ("9",),
    "view.overlay": ("V",),
    "view.fit": ("Ctrl+0",),
    "view.actual": ("Ctrl+1",),
    "view.full_screen": ("F11",),
    "edit.undo": ("Ctrl+Z",),
    "edit.redo": ("Ctrl+Shift+Z", "Ctrl+Y"),
    "file.open": ("Ctrl+O",),
    "file.save": ("Ctrl+S",),
    "help.page": ("F1",),
}


@pytest.mark.parametrize("action_id", KEYS_PEOPLE_KNOW)
def test_keys_are_those_that_people_know_from_other_programs(action_id: str) -> None:
    assert set(KEYS_PEOPLE_KNOW[action_id]) <= set(ACTIONS[action_id].shortcuts)


def test_every_action_has_an_icon_file_if_it_names_one(qapp) -> None:
    for spec in ACTIONS.values():
        assert icon(spec.icon).isNull() == (not spec.icon)


def test_the_help_page_tells_every_action_and_gesture() -> None:
    page = help_html({spec.id: spec.shortcuts for spec in ACTIONS.values()})
    for spec in ACTIONS.values():
        assert spec.text.rstrip("…").replace("&", "&amp;") in page
    for gesture in GESTURES:
        assert gesture.text in page


def test_no_folder_no_panels_but_ways_to_begin(window) -> None:
    assert window.empty_page.isVisible()
    assert not window.docks["images"].isVisible()
    assert not window.actions_by_id["file.export"].isEnabled()
    assert window.empty_page.open_button.isVisible()


def test_closing_the_folder_brings_the_beginning_back(opened) -> None:
    assert opened.canvas.isVisible()
    opened.actions_by_id["file.close"].trigger()
    assert opened.empty_page.isVisible()
    assert opened.canvas.layers is None


def test_docks_keep_their_sizes_while_folders_come_and_go(qtbot, opened, pictures: Path) -> None:
    learning, history = opened.docks["learning"], opened.docks["history"]
    opened.resizeDocks([opened.docks["images"], learning], [200, 470], Qt.Orientation.Vertical)
    before = learning.height(), history.height()
    for _ in range(4):
        opened.session.close()
        assert not learning.isVisible()
        open_and_wait(qtbot, opened, pictures)
    after = learning.height(), history.height()
    assert after == pytest.approx(before, abs=2)


def test_in_a_narrow_window_the_options_give_way_to_what_goes_on(qtbot, opened) -> None:
    opened.resize(853, 480)  # 1280 x 720 pixels at 150 %
    button = opened.button_bar.widgetForAction(opened.actions_by_id["image.reviewed"])
    qtbot.waitUntil(lambda: opened.width() == 853 and button.isVisible())
    right = button.mapTo(opened, button.rect().topRight()).x()
    assert right < opened.width()
    pause = opened.learning_dock.pause_button
    assert pause.mapTo(opened, pause.rect().topRight()).x() < opened.width()


def test_a_dialogue_is_never_larger_than_the_screen(opened) -> None:
    dialog = QDialog(opened)
    dialog.resize(5_000, 4_000)
    dialog.show()
    room = opened.screen().availableSize()
    assert dialog.width() < room.width()
    assert dialog.height() < room.height()
    dialog.close()


def test_an_opened_folder_is_remembered(opened, pictures: Path) -> None:
    opened.actions_by_id["file.close"].trigger()
    texts = [b.text() for b in opened.empty_page.findChildren(type(opened.empty_page.open_button))]
    assert str(pictures) in texts


def test_a_dropped_folder_is_opened(qtbot, window, pictures: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(pictures))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    assert event.isAccepted()
    qtbot.waitUntil(lambda: window.session.image is not None, timeout=20_000)


@pytest.mark.parametrize("text", ["b1xdv", "e0 ia"])
def test_single_keys_do_not_fire_in_the_filter(opened, text: str) -> None:
    session = opened.session
    before = (opened.toolbox.current.id, session.current_class, opened.display.shows_overlay)
    shown = session.image.item.id
    opened.image_dock.text_filter.setFocus()
    QTest.keyClicks(opened.image_dock.text_filter, text)
    assert opened.image_dock.text_filter.text() == text
    after = (opened.toolbox.current.id, session.current_class, opened.display.shows_overlay)
    assert before == after
    assert session.image.item.id == shown


def test_single_keys_do_not_fire_in_a_number_of_the_options_bar(opened) -> None:
    field = next(f for f, _ in opened.options_bar._fields if isinstance(f, SizeField))
    session, box = opened.session, field.box
    shown = session.image.item.id
    session.select_class(1)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "0ed9")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert opened.toolbox.options.radius == 4
    assert session.current_class == 1
    assert opened.toolbox.current.id == "tool.brush"
    assert session.image.item.id == shown


def test_the_canvas_takes_the_focus_but_never_from_a_text_field(opened) -> None:
    enter = QEnterEvent(QPointF(9, 9), QPointF(9, 9), QPointF(9, 9))
    opened.image_dock.text_filter.setFocus()
    QApplication.sendEvent(opened.canvas, enter)
    assert QApplication.focusWidget() is opened.image_dock.text_filter
    opened.image_dock.list.setFocus()
    QApplication.sendEvent(opened.canvas, enter)
    assert QApplication.focusWidget() is opened.canvas


def test_a_class_is_renamed_in_place_and_digits_stay_text(qtbot, opened) -> None:
    session = opened.session
    session.select_class(0)
    opened.class_dock.add()
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    chosen = session.current_class
    editor.selectAll()
    QTest.keyClicks(editor, "b1 cell 0")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.classes.by_id(chosen).name == "b1 cell 0", timeout=5_000)
    assert session.current_class == chosen
    assert opened.toolbox.current.id == "tool.brush"


def test_a_click_on_a_class_selects_it_and_its_eye_hides_it(opened) -> None:
    dock = opened.class_dock
    row = dock.list.visualRect(dock.model.index(0))
    left = Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(dock.list.viewport(), left, none, row.center())
    assert opened.session.current_class == 0
    eye = QPoint(row.right() - 40, row.center().y())
    QTest.mouseClick(dock.list.viewport(), left, none, eye)
    assert opened.display.hidden == {0}
    lock = QPoint(row.right() - 16, row.center().y())
    QTest.mouseClick(dock.list.viewport(), left, none, lock)
    assert opened.toolbox.options.target.locked == {0}


def test_the_filters_show_fewer_images(opened) -> None:
    dock = opened.image_dock
    dock.text_filter.setText("ure 2")
    assert dock.model.rowCount() == 1
    dock.text_filter.clear()
    dock.state_filter.setCurrentText("Reviewed")
    assert dock.model.rowCount() == 0
    dock.state_filter.setCurrentIndex(0)
    assert dock.model.rowCount() == 4


def test_twenty_thousand_images_are_listed_and_filtered(window, monkeypatch) -> None:
    items = [
        ImageItem(n, f"folder/image {n:05}.png", ImageState.NEW, None, 0, 0) for n in range(20_000)
    ]
    monkeypatch.setattr(window.session, "images", lambda: items)
    dock = window.image_dock
    window.session.images_changed.emit(())
    assert dock.model.rowCount() == 20_000
    window.docks["images"].show()
    dock.list.scrollToBottom()
    QApplication.processEvents()
    dock.text_filter.setText("1999")
    assert dock.model.rowCount() == 12
    assert "12 shown" in dock.count.text()


def test_going_on_and_back_with_keys(qtbot, opened, key) -> None:
    first = opened.session.image.item.id
    opened.canvas.setFocus()
    key(opened, Qt.Key.Key_D)
    qtbot.waitUntil(
        lambda: opened.session.image is not None and opened.session.image.item.id != first,
        timeout=20_000,
    )
    key(opened, Qt.Key.Key_A)
    qtbot.waitUntil(
        lambda: opened.session.image is not None and opened.session.image.item.id == first,
        timeout=20_000,
    )
    assert opened.image_dock.list.currentIndex().data() == opened.session.image.item.name


def test_a_message_shows_its_one_action_and_goes(window) -> None:
    done: list[int] = []
    window.session.message_shown.emit(
        Message("broken.png cannot be read.", True, "Show", lambda: done.append(1))
    )
    assert window.strip.isVisible()
    assert window.strip.text.text() == "broken.png cannot be read."
    window.strip.action_button.click()
    assert done == [1]
    assert not window.strip.isVisible()
    window.session.message_shown.emit(Message("Just so you know."))
    assert not window.strip.action_button.isVisible()


def test_progress_can_be_cancelled(window, monkeypatch) -> None:
    bar = window.statusBar()
    window.session.progress_changed.emit(Progress("Exporting", 3, 10))
    assert bar.cancel.isVisible()
    assert bar.work.text() == "Exporting 3 / 10"
    window.session.progress_changed.emit(
        Progress("Fetching", 3_400_000, 112_000_000, is_bytes=True)
    )
    assert bar.work.text() == "Fetching 3 / 112 MB"
    assert bar.bar.maximum() > 0
    window.session.progress_changed.emit(Progress("Fetching", 3_400_000, 0, is_bytes=True))
    assert bar.work.text() == "Fetching 3 MB"
    assert bar.bar.maximum() == 0
    window.session.progress_changed.emit(Progress("Fetching", 3, 10, can_cancel=False))
    assert not bar.cancel.isVisible()
    window.session.progress_changed.emit(None)
    assert not bar.bar.isVisible()


def test_learning_is_shown_and_paused(qtbot, opened) -> None:
    session, dock = opened.session, opened.learning_dock
    # Its own news would else replace what is shown here.
    qtbot.waitUntil(lambda: session.learning.is_ready, timeout=60_000)
    session.learning = LearningState(
        sentence="Learning from your strokes: step 3.", losses=((1, 2.0), (2, float("nan")))
    )
    session.learning_changed.emit(session.learning)
    qtbot.waitUntil(lambda: "step 3" in dock.sentence.text(), timeout=5_000)
    opened.grab()
    dock.pause_button.click()
    qtbot.waitUntil(lambda: "paused" in dock.sentence.text(), timeout=5_000)
    assert session.learning.is_paused
    opened.actions_by_id["model.learning"].trigger()
    assert not session.learning.is_paused


def test_the_score_is_shown_with_its_interval_its_classes_and_its_outlook(qtbot, opened) -> None:
    session, dock = opened.session, opened.learning_dock
    qtbot.waitUntil(lambda: session.learning.is_ready, timeout=60_000)
    scores = tuple(
        Score(f"{n}.png", "v0001", 0.95 - 0.5 * n**-0.6, ((0, 900, 950, 960), (1, 80, 99, 98)))
        for n in range(1, 21)
    )
    session.learning = LearningState(scores=scores, summary=summarise(scores))
    session.learning_changed.emit(session.learning)
    qtbot.waitUntil(lambda: "10 finished" in dock.score.text(), timeout=5_000)
    assert re.match(r"0\.8\d \(0\.8\d–0\.8\d\) over", dock.score.text())
    assert re.search(r"About \d+ more images until 0\.90", dock.score.text())
    assert [dock.score_table.item(row, 0).text() for row in (0, 1)] == ["background", "object"]
    assert dock.score_table.item(1, 2).text() == "0.82"
    before = dock.grab().toImage()
    session.learning = LearningState(scores=scores)
    session.learning_changed.emit(session.learning)
    qtbot.waitUntil(lambda: not dock.score_table.isVisible(), timeout=5_000)
    assert dock.grab().toImage() != before


def test_the_status_bar_tells_pixel_and_class(hand) -> None:
    hand.click(20, 30)
    QTest.mouseMove(hand.canvas, hand.point(20, 30))
    bar = hand.window.statusBar()
    assert bar.place.text().startswith("20, 30")
    assert bar.class_name.text() == "object, painted"
    assert bar.zoom.text() == "400 %"


def test_light_and_dark_can_change_while_the_window_is_open(opened, qapp) -> None:
    from app.ui.theme import palette

    before = qapp.palette()
    for is_dark in (True, False):
        qapp.setPalette(palette(is_dark=is_dark))
        QApplication.processEvents()
        opened.grab()
    qapp.setPalette(before)


def test_an_unexpected_error_becomes_a_message(window, monkeypatch) -> None:
    from app.ui.exceptions import install_exception_hook

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    install_exception_hook(window.session)
    error = ValueError("a bug")
    sys.excepthook(ValueError, error, None)
    assert "a bug" in window.strip.text.text()


def test_the_history_list_goes_back_and_forth(hand) -> None:
    session, history = hand.window.session, hand.window.history_dock.list
    for y in (20, 50, 80):
        hand.drag((20, y), (60, y))
    painted = hand.labels().copy()
    assert history.count() == 4
    history.itemClicked.emit(history.item(1))
    assert len(session.image.history) == 1
    assert not (hand.labels()[45:] == 1).any()
    history.itemClicked.emit(history.item(3))
    assert (hand.labels() == painted).all()
    history.itemClicked.emit(history.item(0))
    assert (hand.labels() == 255).all()


def test_the_history_list_tells_when_its_oldest_steps_were_dropped(qtbot, window, pictures) -> None:
    project = Project.open(pictures)
    list(project.rescan())
    image_id = project.item_by_name("picture 1.png").id
    labels = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for number in range(6):
        recorder = EditRecorder(labels)
        recorder.touch(0, 0, 50, 50)
        labels[number, :50] = 1
        project.commit_edit(image_id, recorder.commit(f"Stroke {number}"))
    project.load_layers(image_id, (HEIGHT, WIDTH))
    project.close()
    Project.open(pictures, undo_limit=UndoLimit(edits=2)).close()
    open_and_wait(qtbot, window, pictures)
    history = window.history_dock.list
    texts = [history.item(row).text().partition("    ")[0] for row in range(history.count())]
    assert texts == ["Older steps are no longer kept", "Opened", "Stroke 4", "Stroke 5"]
    assert history.selectedItems() == [history.item(3)]
    place = history.visualItemRect(history.item(0)).center()
    QTest.mouseClick(history.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert len(window.session.image.history) == 2
    history.itemClicked.emit(history.item(1))
    assert window.session.image.layers.labels[:4, 0].tolist() == [1] * 4
    assert len(window.session.image.history) == 0


def test_after_undoing_everything_the_image_is_as_it_was_opened(hand) -> None:
    session, history = hand.window.session, hand.window.history_dock.list
    assert [item.text() for item in history.selectedItems()] == ["Opened"]
    before = session.images()[0].state
    hand.drag((20, 20), (60, 20))
    assert session.images()[0].state is ImageState.EDITED
    assert history.selectedItems() == [history.item(1)]
    hand.window.actions_by_id["edit.undo"].trigger()
    assert session.images()[0].state is before
    assert history.selectedItems() == [history.item(0)]
    hand.window.actions_by_id["edit.redo"].trigger()
    assert session.images()[0].state is ImageState.EDITED


def test_a_number_without_a_class_says_how_to_get_one(opened, key) -> None:
    key(opened, Qt.Key.Key_9)
    assert opened.session.current_class == 1
    assert opened.statusBar().currentMessage() == (
        "There is no class 9. “Add a class” makes one (Ctrl+Shift+N)."
    )
    key(opened, Qt.Key.Key_0)
    assert opened.session.current_class == 0


def test_without_a_folder_only_what_needs_none_can_be_done(window) -> None:
    enabled = {spec.id for spec in ACTIONS.values() if window.actions_by_id[spec.id].isEnabled()}
    assert enabled == {spec.id for spec in ACTIONS.values() if spec.needs is Needs.NOTHING}
    assert {"file.open", "file.restore", "help.page"} <= enabled


def test_the_minimap_shows_only_when_zoomed_in_and_moves_the_view(hand) -> None:
    window = hand.window
    hand.canvas.fit()
    assert not window.minimap.isVisible()
    hand.canvas.zoom(6.0)
    assert window.minimap.isVisible()
    before = hand.canvas.view
    QTest.mouseClick(
        window.minimap, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 5)
    )
    assert hand.canvas.view.scale == before.scale
    x, y = hand.canvas.view.to_image(hand.canvas.width() / 2, hand.canvas.height() / 2)
    assert x < 20
    assert y < 20
    hand.canvas.fit()
    assert not window.minimap.isVisible()


def test_the_tone_changes_the_screen_and_no_data(hand) -> None:
    before = hand.window.session.image.rgb.copy()
    plain = hand.canvas.grab().toImage()
    hand.window.display.set_value("tone", Tone(brightness=0.4))
    assert hand.canvas.grab().toImage() != plain
    hand.window.display.set_value("tone", Tone())
    assert hand.canvas.grab().toImage() == plain
    assert (hand.window.session.image.rgb == before).all()


def test_each_layer_has_its_own_strength(hand) -> None:
    put_both_layers(hand)
    strong = hand.canvas.grab().toImage()
    painted, guessed, both = (hand.point(*p) for p in ((20, 20), (100, 20), (100, 100)))
    hand.window.display.set_value("prediction_share", 0.0)
    weak = hand.canvas.grab().toImage()
    assert weak.pixel(painted) == strong.pixel(painted)
    assert weak.pixel(guessed) != strong.pixel(guessed)
    assert weak.pixel(both) == strong.pixel(both)
    hand.window.display.reset()
    assert hand.canvas.grab().toImage() == strong


def put_both_layers(hand) -> None:
    """In the test itself: between set-up and test the engine's own suggestion may arrive."""
    layers = hand.window.session.image.layers
    layers.labels[:60, :80] = 1
    layers.prediction = np.zeros_like(layers.labels)
    layers.prediction[:60] = 1
    hand.window.session.labels_changed.emit(0, 0, 160, 120)
    hand.window.session.prediction_changed.emit()


def test_keys_can_be_changed_and_are_kept(qtbot, window) -> None:
    from app.ui.action_set import ActionSet
    from app.ui.shortcut_dialog import ShortcutDialog

    dialog = ShortcutDialog(window.actions_by_id.keys(), window)
    ok = dialog.buttons.button(dialog.buttons.StandardButton.Ok)
    dialog.set_key("tool.brush", "E")
    assert "Brush" in dialog.warning.text()
    assert "Eraser" in dialog.warning.text()
    assert not ok.isEnabled()
    dialog.set_key("tool.brush", "Ctrl+B")
    assert ok.isEnabled()
    window.actions_by_id.set_keys(dialog.keys)
    assert "Ctrl+B" in window.actions_by_id["tool.brush"].toolTip()
    other = QMainWindow()
    qtbot.addWidget(other)
    assert ActionSet(other).keys()["tool.brush"] == ("Ctrl+B",)
    assert ActionSet(other).keys()["tool.eraser"] == ("E",)


def test_after_a_dialogue_the_keys_are_for_the_canvas_again(qtbot, opened, key) -> None:
    opened.image_dock.findChild(QLineEdit).setFocus()
    opened.actions_by_id["file.settings"].trigger()
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    dialog.reject()
    assert opened.canvas.hasFocus()
    key(opened, Qt.Key.Key_0)
    assert opened.session.current_class == 0


@pytest.mark.parametrize("height", [660, 720, 950])
def test_every_tool_of_the_rail_is_in_view_in_a_low_window(qtbot, opened, height) -> None:
    opened.resize(1100, height)
    qtbot.waitUntil(lambda: opened.height() == height)
    buttons = [opened.rail.widgetForAction(action) for action in opened.rail.actions()]
    qtbot.waitUntil(lambda: all(button.isVisible() for button in buttons))
    assert all(opened.rail.rect().contains(button.geometry()) for button in buttons)
    assert opened.rail.iconSize().width() == 22 or height < 950
    assert opened.image_dock.list.height() >= 5 * ROW_HEIGHT


def test_the_minimap_stays_in_its_corner_when_the_window_changes(qtbot, hand) -> None:
    window = hand.window
    hand.canvas.zoom(6.0)
    for height in (700, 800):
        window.resize(1200, height)
        qtbot.waitUntil(lambda expected=height: window.height() == expected)
        corner = window.minimap.geometry().bottomRight()
        assert hand.canvas.rect().bottomRight() - corner == QPoint(10, 10)
