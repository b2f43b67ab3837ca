"""The import dialogue over the real window: look, map, and only then take."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.importing import TITLES, NewClass
from app.ui.dialogs.import_dialog import ImportDialog
from app.ui.dialogs.import_guide import ImportGuide
from app.ui.main_window import MainWindow
from tests.gui.conftest import HEIGHT, WIDTH


@pytest.fixture
def masks(tmp_path: Path) -> Path:
    """Masks for three of the four pictures, one of half the size, and one of no picture."""
    folder = tmp_path / "masks"
    folder.mkdir()
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[20:60, 20:80] = 1
    mask[70:90, 20:80] = 2
    for number in (1, 2):
        cv2.imwrite(str(folder / f"picture {number}.png"), mask)
    cv2.imwrite(str(folder / "picture 3.png"), mask[::2, ::2])
    cv2.imwrite(str(folder / "else.png"), mask)
    (folder / "classes.json").write_text(json.dumps({"names": ["background", "leaf", "spot"]}))
    return folder


@pytest.fixture
def dialog(qtbot, opened: MainWindow, masks: Path) -> ImportDialog:
    """The dialogue after it has looked at the masks."""
    opened.actions_by_id["file.import"].trigger()
    (dialog,) = opened.findChildren(ImportDialog)
    assert dialog.isVisible()
    dialog.look_at(masks)
    qtbot.waitUntil(lambda: not dialog.is_working and dialog.action_button.isEnabled())
    return dialog


def changes(dialog: ImportDialog) -> dict[str, str]:
    files = dialog.files
    return {
        files.index(row, 0).data(): files.index(row, 2).data() for row in range(files.rowCount())
    }


def test_before_anything_is_chosen_it_tells_how_it_goes_and_what_it_reads(qtbot, opened) -> None:
    opened.actions_by_id["file.import"].trigger()
    (dialog,) = opened.findChildren(ImportDialog)
    qtbot.waitUntil(dialog.choose_button.hasFocus)
    assert not dialog.tabs.isVisible()
    guide = dialog.findChild(ImportGuide)
    assert guide.isVisible()
    assert all(escape(title) in guide.text() for title in TITLES.values())
    dialog.reject()


def test_what_was_found_takes_the_place_of_the_guide(dialog) -> None:
    assert dialog.tabs.isVisible()


def test_the_dialogue_tells_what_would_change_before_it_does(opened, dialog) -> None:
    assert dialog.formats.currentData() == "ids"
    assert "3 masks for 4 images" in dialog.summary.text()
    assert "Images without a mask: 1" in dialog.summary.text()
    assert "Files of no image: 1" in dialog.summary.text()
    told = changes(dialog)
    assert told["picture 1.png"] == f"{HEIGHT * WIDTH:,} pixels"
    assert "80 x 60" in told["picture 3.png"]
    assert "no image" in told["else.png"]
    assert f"{2 * HEIGHT * WIDTH:,} pixels would change" in dialog.sentence.text()
    assert opened.session.project.labelled_images() == []
    dialog.reject()
    assert opened.session.project.labelled_images() == []


def test_chosen_classes_and_the_yes_to_resizing_are_heeded(qtbot, opened, dialog) -> None:
    dialog.classes.choose(0, None)
    dialog.classes.choose(2, 1)
    dialog.resizes.setChecked(True)
    assert "fitted from 80 x 60 to 160 x 120" in changes(dialog)["picture 3.png"]
    expected = 3 * (40 * 60 + 20 * 60)
    assert f"{expected:,} pixels would change" in dialog.sentence.text()
    with qtbot.waitSignal(dialog.accepted, timeout=20_000):
        dialog.action_button.click()
    session = opened.session
    leaf = session.classes.by_name("leaf")
    assert leaf is not None
    qtbot.waitUntil(lambda: session.image is not None)
    labels = session.image.layers.labels
    assert (labels[20:60, 20:80] == leaf.id).all()
    assert (labels[70:90, 20:80] == 1).all()
    assert np.count_nonzero(labels == 255) == HEIGHT * WIDTH - 40 * 60 - 20 * 60
    assert len(session.project.labelled_images()) == 3
    opened.actions_by_id["edit.undo"].trigger()
    assert (session.image.layers.labels == 255).all()


def test_labels_that_are_there_can_be_kept(qtbot, hand, masks) -> None:
    hand.drag((30, 30), (60, 30))
    session = hand.window.session
    mine = hand.labels() != 255
    assert mine.any()
    dialog = ImportDialog(session, hand.window)
    dialog.open()
    dialog.look_at(masks)
    qtbot.waitUntil(lambda: dialog.action_button.isEnabled())
    dialog.classes.choose(1, NewClass("leaf", None, 1))
    assert "labelled otherwise" in dialog.sentence.text()
    dialog.keeps_labels.setChecked(True)
    assert "labelled otherwise" not in dialog.sentence.text()
    before = hand.labels().copy()
    with qtbot.waitSignal(dialog.accepted, timeout=20_000):
        dialog.action_button.click()
    qtbot.waitUntil(lambda: session.image is not None)
    after = session.image.layers.labels
    assert (after[mine] == before[mine]).all()
    assert (after != 255).all()


def test_masks_of_0_and_255_are_told_as_such_and_255_is_an_object(qtbot, opened, masks) -> None:
    (masks / "classes.json").unlink()
    for path in masks.glob("*.png"):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        cv2.imwrite(str(path), np.where(grey > 0, 255, 0))
    dialog = ImportDialog(opened.session, opened)
    dialog.open()
    dialog.look_at(masks)
    qtbot.waitUntil(dialog.action_button.isEnabled)
    assert "255 is taken for an object" in dialog.summary.text()
    assert dialog.classes.rowCount() == 2
    assert dialog.classes.item(1, 0).text() == "object  (255)"
    assert dialog.classes.targets == {0: 0, 255: 1}
    dialog.classes.choose(255, None)
    assert f"{2 * (HEIGHT * WIDTH - 60 * 60):,} pixels" in dialog.sentence.text()


def test_a_folder_without_labels_is_said_to_have_none(qtbot, opened, tmp_path) -> None:
    (tmp_path / "nothing").mkdir()
    dialog = ImportDialog(opened.session, opened)
    dialog.open()
    dialog.look_at(tmp_path / "nothing")
    qtbot.waitUntil(lambda: not dialog.is_working)
    assert "no labels in nothing" in dialog.sentence.text()
    assert not dialog.action_button.isEnabled()
    dialog.reject()


def test_closing_the_folder_takes_the_dialogue_with_it(qtbot, opened, dialog) -> None:
    opened.session.close()
    qtbot.waitUntil(lambda: not opened.findChildren(ImportDialog))
