"""The whole job in the window: open, suggestion, paint, undo, prediction, reviewed, export."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import Qt

UNLABELLED = 255
WAIT = 60_000


def test_the_whole_job_from_a_folder_to_its_masks(qtbot, window, pictures: Path, tmp_path) -> None:
    from tests.gui.conftest import Hand, open_and_wait

    open_and_wait(qtbot, window, pictures)
    session, hand = window.session, Hand(window)

    # A first guess is there before anything is painted.
    qtbot.waitUntil(lambda: session.image.layers.prediction is not None, timeout=WAIT)
    assert session.image.layers.is_suggestion
    qtbot.waitUntil(lambda: all(i.state != "new" for i in session.images()), timeout=WAIT)
    assert set(np.unique(session.image.layers.prediction)) <= {0, 1}

    # Paint both classes; undo and redo give the same pixels.
    window.toolbox.options.set_radius(4)
    qtbot.keyClick(window.canvas, Qt.Key.Key_1)
    hand.drag((40, 55), (60, 65))
    qtbot.keyClick(window.canvas, Qt.Key.Key_0)
    hand.drag((110, 20), (140, 100))
    painted = hand.labels().copy()
    assert set(np.unique(painted)) == {0, 1, UNLABELLED}
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window.canvas, Qt.Key.Key_Z, control)
    assert not (hand.labels() == 0).any()
    qtbot.keyClick(window.canvas, Qt.Key.Key_Y, control)
    assert np.array_equal(hand.labels(), painted)

    # The model answers, and leaves what was painted alone.
    qtbot.waitUntil(lambda: not session.image.layers.is_suggestion, timeout=WAIT)
    assert np.array_equal(hand.labels(), painted)
    first = session.image.item.name

    # Reviewed: what is shown becomes the labels, and the next image comes.
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return, control)
    qtbot.waitUntil(
        lambda: session.image is not None and session.image.item.name != first, timeout=WAIT
    )
    states = {item.name: item.state for item in session.images()}
    assert states[first] == "reviewed"
    qtbot.waitUntil(
        lambda: (
            session.image.layers.prediction is not None and not session.image.layers.is_suggestion
        ),
        timeout=WAIT,
    )

    # The files are right.
    out = tmp_path / "masks"
    with qtbot.waitSignal(session.message_shown, timeout=WAIT):
        session.files.export("ids", out)
    for picture in sorted(pictures.glob("*.png")):
        mask = cv2.imread(str(out / picture.name), cv2.IMREAD_UNCHANGED)
        assert mask.shape == cv2.imread(str(picture)).shape[:2]
        assert set(np.unique(mask)) <= {0, 1}
    mask = cv2.imread(str(out / first), cv2.IMREAD_UNCHANGED)
    own = painted != UNLABELLED
    assert np.array_equal(mask[own], painted[own])
    classes = json.loads((out / "classes.json").read_text())
    assert "background" in json.dumps(classes)
