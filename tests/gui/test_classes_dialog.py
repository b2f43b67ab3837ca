"""Classes of all images, changed in the real window and taken back as one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.class_plan import DELETED
from app.document.importing import Choices, LabelImport
from app.ui.dialogs.classes_dialog import ClassesDialog
from app.ui.main_window import MainWindow
from tests.gui.conftest import HEIGHT, WIDTH
from tests.opening import open_folder

MASK = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) // 40 % 3


@pytest.fixture
def labelled(qtbot, opened: MainWindow, tmp_path: Path) -> MainWindow:
    """Three classes in two of the four pictures."""
    session = opened.session
    (tmp_path / "masks").mkdir()
    for number in (1, 2):
        cv2.imwrite(str(tmp_path / "masks" / f"picture {number}.png"), MASK.astype(np.uint8))
    session.class_editing.add("crack")
    finished = []
    label_import = LabelImport(session.project, tmp_path / "masks", "ids")
    session.files.take_labels(label_import, Choices(), finished=lambda: finished.append(True))
    qtbot.waitUntil(lambda: bool(finished) and session.image is not None, timeout=20_000)
    return opened


@pytest.fixture
def dialog(qtbot, labelled: MainWindow) -> ClassesDialog:
    labelled.actions_by_id["class.all"].trigger()
    (dialog,) = labelled.findChildren(ClassesDialog)
    qtbot.waitUntil(lambda: not dialog.is_working)
    return dialog


def names(window: MainWindow) -> list[tuple[int, str]]:
    return [(item.id, item.name) for item in window.session.classes]


def shown(window: MainWindow) -> np.ndarray:
    return window.session.image.layers.labels


def apply(qtbot, dialog: ClassesDialog) -> None:
    window = dialog.parent()
    with qtbot.waitSignal(dialog.accepted, timeout=20_000):
        dialog.action_button.click()
    qtbot.waitUntil(lambda: window.session.image is not None)


def test_the_dry_run_tells_images_and_pixels_and_changes_nothing(labelled, dialog) -> None:
    assert "Nothing would change" in dialog.sentence.text()
    assert not dialog.action_button.isEnabled()
    dialog.choose(2, 1)
    count = 2 * np.count_nonzero(MASK == 2)
    assert f"{count:,} pixels in 2 images would change" in dialog.sentence.text()
    dialog.reject()
    assert (shown(labelled) == MASK).all()
    assert len(labelled.session.classes) == 3


def test_a_merge_is_done_in_all_images_and_taken_back_as_one(qtbot, labelled, dialog) -> None:
    told = []
    labelled.session.message_shown.connect(told.append)
    dialog.choose(2, 1)
    dialog.choose(0, DELETED)
    apply(qtbot, dialog)
    assert names(labelled) == [(1, "object")]
    expected = np.where(MASK == 0, 255, 1)
    assert (shown(labelled) == expected).all()
    project = labelled.session.project
    other = project.item_by_name("picture 2.png").id
    assert (project.load_layers(other, (HEIGHT, WIDTH))[0].labels == expected).all()
    message = next(m for m in told if m.action_text == "Take it back")
    message.action()
    assert not labelled.session.editing.can_edit
    qtbot.waitUntil(lambda: not labelled.session.reclassing.is_busy, timeout=20_000)
    qtbot.waitUntil(lambda: labelled.session.image is not None)
    assert len(labelled.session.classes) == 3
    assert (shown(labelled) == MASK).all()
    assert (project.load_layers(other, (HEIGHT, WIDTH))[0].labels == MASK).all()


def change_by(qtbot, window: MainWindow, act) -> None:
    """Do what changes the classes of all images, and wait for its end."""
    act()
    assert not window.session.editing.can_edit
    qtbot.waitUntil(lambda: not window.session.reclassing.is_busy, timeout=20_000)
    qtbot.waitUntil(lambda: window.session.image is not None)


def test_undo_of_such_a_step_takes_back_all_images_and_the_classes_and_redo_makes_it_again(
    qtbot, labelled, dialog
) -> None:
    session, actions = labelled.session, labelled.actions_by_id
    other = session.project.item_by_name("picture 2.png").id
    dialog.choose(2, 1)
    apply(qtbot, dialog)
    merged = np.where(MASK == 2, 1, MASK)
    for is_undone in (True, False):
        change_by(qtbot, labelled, actions["edit.undo" if is_undone else "edit.redo"].trigger)
        wanted = MASK if is_undone else merged
        assert len(session.classes) == (3 if is_undone else 2)
        assert (shown(labelled) == wanted).all()
        assert (session.project.load_layers(other, (HEIGHT, WIDTH))[0].labels == wanted).all()
    rows = labelled.history_dock.list
    change_by(qtbot, labelled, lambda: rows.itemClicked.emit(rows.item(0)))
    assert len(session.classes) == 3
    assert (shown(labelled) == MASK).all()


def test_a_stroke_from_before_is_not_undone_alone_under_other_numbers(
    qtbot, labelled, dialog
) -> None:
    session = labelled.session
    dialog.reject()
    session.show_image(session.project.item_by_name("picture 3.png").id)
    qtbot.waitUntil(lambda: session.image is not None)
    for value in (2, 0):
        recorder = session.editing.begin()
        recorder.touch(0, 0, 20, 20)
        shown(labelled)[:20, :20] = value
        session.editing.commit(recorder, "Brush")
    labelled.actions_by_id["class.all"].trigger()
    dialog = labelled.findChildren(ClassesDialog)[-1]
    qtbot.waitUntil(lambda: not dialog.is_working)
    dialog.choose(2, DELETED)
    apply(qtbot, dialog)
    told = []
    session.message_shown.connect(told.append)
    labelled.actions_by_id["edit.undo"].trigger()
    assert (shown(labelled)[:20, :20] == 0).all()
    assert "other class numbers" in told[-1].text
    change_by(qtbot, labelled, told[-1].action)
    labelled.actions_by_id["edit.undo"].trigger()
    assert (shown(labelled)[:20, :20] == 2).all()


def test_classes_that_go_into_each_other_are_refused_and_a_chain_goes_to_its_end(
    labelled, dialog
) -> None:
    dialog.choose(1, 2)
    assert dialog.action_button.isEnabled()
    dialog.choose(2, 1)
    assert "and comes back" in dialog.sentence.text()
    assert not dialog.action_button.isEnabled()
    dialog.choose(2, DELETED)
    assert "object goes into crack, which is deleted" in dialog.sentence.text()
    assert not dialog.action_button.isEnabled()
    dialog.choose(2, 0)
    assert dialog.plan.mapping() == {1: 0, 2: 0}
    assert dialog.action_button.isEnabled()


def test_a_new_name_is_told_where_the_others_go_into_it(labelled, dialog) -> None:
    dialog.choose(2, 1)
    dialog.table.item(1, 1).setText("fissure")
    texts = [dialog.table.cellWidget(2, 4).itemText(n) for n in range(4)]
    assert "goes into fissure" in texts
    assert "goes into object" not in texts
    assert dialog.table.cellWidget(2, 4).currentText() == "goes into fissure"


def test_order_names_and_colours_are_changed_together(qtbot, labelled, dialog) -> None:
    dialog.table.setCurrentCell(2, 1)
    dialog.up_button.click()
    dialog.table.item(1, 1).setText("fissure")
    dialog.recolour(1, type(dialog.palette().window().color())(9, 8, 7))
    apply(qtbot, dialog)
    assert names(labelled) == [(0, "background"), (1, "fissure"), (2, "object")]
    assert labelled.session.classes.by_id(1).colour == (9, 8, 7)
    assert (shown(labelled) == np.array([0, 2, 1])[MASK]).all()


def test_a_name_that_is_taken_is_said_and_stops_the_change(labelled, dialog) -> None:
    dialog.table.item(2, 1).setText("object")
    assert "already a class named object" in dialog.sentence.text()
    assert not dialog.action_button.isEnabled()
    dialog.table.item(2, 1).setText("crack")
    assert "Nothing would change" in dialog.sentence.text()


def test_the_class_list_leads_to_the_dialogue(labelled) -> None:
    assert labelled.actions_by_id["class.all"] in labelled.class_dock.list.actions()


def test_a_change_that_was_stopped_is_finished_when_the_folder_is_opened_again(
    qtbot, labelled, dialog
) -> None:
    told = []
    session = labelled.session
    dialog.choose(2, 1)
    session.files.run(
        "",
        lambda project: iter_one(project, dialog.plan),
        done=lambda results, is_cancelled: told.append("stopped"),
        failed=lambda error: told.append(error),
    )
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert told == ["stopped"]
    dialog.reject()
    folder = session.project.folder
    session.message_shown.connect(told.append)
    open_folder(qtbot, session, folder)
    assert not session.editing.can_edit
    qtbot.waitUntil(lambda: not session.reclassing.is_busy, timeout=20_000)
    assert len(session.classes) == 2
    assert any(getattr(m, "action_text", None) == "Take it back" for m in told)
    qtbot.waitUntil(lambda: session.image is not None, timeout=20_000)
    other = session.project.item_by_name("picture 2.png").id
    labels = session.project.load_layers(other, (HEIGHT, WIDTH))[0].labels
    assert (labels == np.where(MASK == 2, 1, MASK)).all()


def iter_one(project, plan):
    """A change that is stopped after its first image."""
    from app.document.reclass import reclass

    steps = reclass(project, plan.mapping(), "Change classes", classes=plan.table())
    yield next(steps)
    steps.close()
