"""The window shows the way: the list by use, and the most doubtful place on screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox

from app.document.grouping import PREFIX
from app.document.project import ImageState
from app.engine.events import Conflict, ConflictsFound, Traits
from app.engine.requests import SetAveraging
from app.engine.workshop import Workshop
from app.ui.dialogs.conflict_dialog import ConflictDialog
from app.ui.dialogs.grouping_dialog import GroupingDialog
from app.ui.docks.image_list import ITEM_ROLE
from tests.opening import open_folder


def names(window) -> list[str]:
    model = window.image_dock.model
    return [model.index(row).data(ITEM_ROLE).name for row in range(model.rowCount())]


def wait_for_suggestions(qtbot, window) -> None:
    qtbot.waitUntil(
        lambda: (
            len(window.session.images()) == 4
            and all(item.state is ImageState.SUGGESTED for item in window.session.images())
        ),
        timeout=60_000,
    )


def test_the_list_is_sorted_by_use_and_back(qtbot, opened) -> None:
    session = opened.session
    wait_for_suggestions(qtbot, opened)
    in_order = names(opened)
    session.set_state(session.images()[0].id, ImageState.REVIEWED)
    for item, doubt in zip(session.images(), (0.1, 0.2, 0.7, 0.4), strict=True):
        session.queue.take(item.name, Traits(doubt, np.ones(3, np.float32)))
    opened.image_dock.queue_button.click()
    assert opened.actions_by_id["image.queue"].isChecked()
    qtbot.waitUntil(lambda: names(opened)[0] == "picture 3.png", timeout=20_000)
    assert names(opened)[-1] == "picture 1.png"
    opened.image_dock.queue_button.click()
    assert names(opened) == in_order


def test_j_brings_the_doubtful_place_into_the_middle(qtbot, opened, key) -> None:
    session, canvas = opened.session, opened.canvas
    wait_for_suggestions(qtbot, opened)
    confidence = np.full((120, 160), 255, np.uint8)
    confidence[90:110, 130:150] = 60
    session.image.layers.confidence = confidence
    canvas.setFocus()
    before = canvas.view.scale
    with qtbot.waitSignal(session.place_found, timeout=20_000):
        key(opened, Qt.Key.Key_J)
    assert canvas.view.scale > before
    x, y = canvas.view.to_image(canvas.width() / 2, canvas.height() / 2)
    assert 130 <= x <= 150
    assert 90 <= y <= 110


def test_the_list_of_conflicts_goes_there_and_flips(qtbot, hand) -> None:
    window, session = hand.window, hand.window.session
    hand.drag((20, 20), (40, 20))
    labels = session.image.layers.labels
    painted = labels == 1
    window.actions_by_id["model.conflicts"].trigger()
    dialog = window.findChild(ConflictDialog)
    qtbot.waitUntil(lambda: not session.conflicts.is_searching, timeout=60_000)
    assert not dialog.flip_button.isEnabled()
    ys, xs = np.nonzero(painted)
    box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
    mask = painted[box[1] : box[3], box[0] : box[2]]
    picture = np.full((88, 88, 3), 90, np.uint8)
    conflict = Conflict("picture 1.png", box, mask, 1, 0, 0.93, picture)
    session.conflicts.take(ConflictsFound((conflict,), "Look here."))
    assert "object → background" in dialog.list.item(0).text()
    assert dialog.sentence.text() == "Look here."
    x, y = window.canvas.view.to_image(window.canvas.width() / 2, window.canvas.height() / 2)
    assert box[0] <= x <= box[2]
    assert box[1] <= y <= box[3]
    dialog.flip_button.click()
    assert (labels[painted] == 0).all()
    assert dialog.list.count() == 0
    window.actions_by_id["edit.undo"].trigger()
    assert (labels[painted] == 1).all()


def test_a_conflict_of_another_image_is_in_the_middle_when_the_image_comes(qtbot, opened) -> None:
    session, canvas = opened.session, opened.canvas
    qtbot.waitUntil(lambda: len(session.images()) == 4)
    picture = np.full((88, 88, 3), 90, np.uint8)
    box = (20, 80, 40, 95)
    conflict = Conflict("picture 3.png", box, np.ones((15, 20), bool), 1, 0, 0.9, picture)
    session.conflicts.show(conflict)
    with qtbot.waitSignal(session.place_found, timeout=20_000):
        pass
    assert session.image.item.name == "picture 3.png"
    x, y = canvas.view.to_image(canvas.width() / 2, canvas.height() / 2)
    assert abs(x - 30) < 2
    assert abs(y - 87.5) < 2


def test_grouping_shows_how_it_comes_out_and_refuses_what_is_no_expression(qtbot) -> None:
    dialog = GroupingDialog(["a_1.png", "a_2.png", "b_1.png"], "")
    qtbot.addWidget(dialog)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert "3 groups" in dialog.outcome.text()
    dialog.choice.setCurrentIndex(1)
    assert "2 groups; the largest is “a” with 2" in dialog.outcome.text()
    assert dialog.expression == PREFIX
    dialog.choice.setCurrentIndex(3)
    dialog.own.setText("(")
    assert not ok.isEnabled()
    dialog.own.setText("_(.)")
    assert ok.isEnabled()
    assert dialog.expression == "_(.)"


def test_the_grouping_of_the_window_reaches_the_learner_and_stays(
    qtbot, opened, monkeypatch
) -> None:
    def choose(dialog: GroupingDialog) -> bool:
        dialog.choice.setCurrentIndex(1)
        return True

    asked = []
    monkeypatch.setattr(GroupingDialog, "exec", choose)
    monkeypatch.setattr(Workshop, "set_grouping", lambda _, expression: asked.append(expression))
    opened.actions_by_id["model.groups"].trigger()
    qtbot.waitUntil(lambda: asked[-1:] == [PREFIX], timeout=60_000)
    assert opened.session.project.setting("group") == PREFIX


def checked(window) -> list[str]:
    names = ("model.averaging", "model.averaging_more")
    return [name for name in names if window.actions_by_id[name].isChecked()]


def test_one_way_of_averaging_is_checked_in_the_menu_at_most(opened, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(opened.session.modelling.link._engine, "ask", asked.append)
    for action, kind, shown in (
        ("model.averaging", "flips", ["model.averaging"]),
        ("model.averaging_more", "full", ["model.averaging_more"]),
        ("model.averaging", "flips", ["model.averaging"]),
        ("model.averaging", "off", []),
    ):
        opened.actions_by_id[action].trigger()
        assert asked[-1] == SetAveraging(kind)
        assert opened.session.project.setting("averaging") == kind
        assert checked(opened) == shown


@pytest.mark.parametrize("action", ["model.averaging", "model.averaging_more"])
def test_averaging_is_checked_in_the_menu_and_predicts_anew(qtbot, hand, action: str) -> None:
    window, session = hand.window, hand.window.session
    hand.drag((45, 60), (55, 60))
    session.select_class(0)
    hand.drag((10, 10), (20, 10))
    layers = session.image.layers
    qtbot.waitUntil(
        lambda: layers.prediction is not None and not layers.is_suggestion, timeout=60_000
    )
    before = layers.confidence
    window.actions_by_id[action].trigger()
    qtbot.waitUntil(lambda: (layers.confidence != before).any(), timeout=60_000)
    folder = session.project.folder
    session.close()
    open_folder(qtbot, session, folder)
    assert checked(window) == [action]
