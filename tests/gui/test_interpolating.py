"""Interpolation between two images, in the window."""

from __future__ import annotations

import numpy as np

from app.ui.dialogs.interpolate_dialog import InterpolateDialog


def paint_disc(qtbot, window, number: int, radius: int) -> None:
    session = window.session
    item = session.images()[number]
    session.show_image(item.id)
    qtbot.waitUntil(
        lambda: session.image is not None and session.image.item.id == item.id, timeout=20_000
    )
    recorder = session.editing.begin()
    labels = session.image.layers.labels
    recorder.touch(0, 0, labels.shape[1], labels.shape[0])
    rows, columns = np.mgrid[: labels.shape[0], : labels.shape[1]]
    labels[:] = np.hypot(rows - 60, columns - 80) < radius
    session.editing.commit(recorder, "Brush stroke")


def test_images_between_two_painted_ones_are_filled_and_can_be_undone(qtbot, opened) -> None:
    session = opened.session
    assert session.interpolating.ends() is None
    paint_disc(qtbot, opened, 0, 20)
    paint_disc(qtbot, opened, 3, 40)
    ends = session.interpolating.ends()
    assert ends is not None
    dialog = InterpolateDialog(session, ends, opened)
    qtbot.addWidget(dialog)
    assert len(dialog.image_ids) == 4
    qtbot.waitUntil(lambda: "2 images" in dialog.counted.text(), timeout=20_000)
    assert "38,400 pixels" in dialog.counted.text()
    assert (session.project.committed_labels(session.images()[1].id) == 255).all()
    dialog.accept()
    with qtbot.waitSignal(session.message_shown, timeout=20_000) as told:
        session.interpolating.fill(dialog.image_ids)
        assert not session.editing.can_edit
    qtbot.waitUntil(lambda: session.editing.can_edit, timeout=20_000)
    assert told.args[0].text.startswith("2 images")
    between = session.images()[1]
    session.show_image(between.id)
    qtbot.waitUntil(
        lambda: session.image is not None and session.image.item.id == between.id, timeout=20_000
    )
    painted = (session.image.layers.labels == 1).sum()
    assert np.pi * 20**2 < painted < np.pi * 40**2
    assert session.image.history.undo_name == "Interpolate"
    session.editing.undo()
    assert (session.image.layers.labels == 255).all()
