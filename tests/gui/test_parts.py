"""Parts of a large prediction on the canvas, before the whole is there."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.document.layers import PredictionPart
from app.engine.events import Failed, PartPredicted, Predicted
from app.engine.requests import ImageRef
from app.ui.canvas import guesses
from tests.gui.conftest import HEIGHT, WIDTH

SIZE = (HEIGHT, WIDTH)
BOX = (32, 0, 96, 64)
NEWEST = 99
"""Knowledge beyond what the engine had: earlier predictions are passed over."""


@pytest.fixture
def looked_at(qtbot, opened):
    """A window whose image has a whole prediction of 0, and an engine that says no more."""
    session = opened.session
    qtbot.waitUntil(lambda: session.image.layers.prediction is not None, timeout=20_000)
    assert session.modelling.link.stop()
    QApplication.processEvents()  # what it still said
    told = np.zeros(SIZE, np.uint8)
    hear(opened, whole_of(opened, told))
    return opened


def shown(window) -> ImageRef:
    item = window.session.image.item
    return ImageRef(item.name, window.session.project.image_path(item.id))


def hear(window, event) -> None:
    window.session.modelling.hear(window.session.project, event)


def whole_of(window, told: np.ndarray) -> Predicted:
    image = shown(window)
    return Predicted(image, told, told, is_suggestion=False, version="v1", knowledge=NEWEST)


def part(window, value: int = 1, box=BOX, size=SIZE) -> PartPredicted:
    values = np.full((box[3] - box[1], box[2] - box[0]), value, np.uint8)
    return PartPredicted(shown(window), size, PredictionPart(box, values, values))


def drawn(window) -> np.ndarray:
    """The predicted ids that the canvas draws."""
    return window.canvas.layers.tiles.prediction.base


@pytest.mark.parametrize("at_once", [guesses.AT_ONCE, 0])
def test_parts_are_drawn_as_they_come_and_nothing_is_kept_of_them(
    qtbot, looked_at, monkeypatch, at_once
) -> None:
    monkeypatch.setattr(guesses, "AT_ONCE", at_once)
    hear(looked_at, part(looked_at))
    hear(looked_at, part(looked_at, 2, (96, 64, 160, 120)))
    qtbot.waitUntil(lambda: drawn(looked_at)[100, 100] == 2)
    assert (drawn(looked_at)[0:64, 32:96] == 1).all()
    assert np.count_nonzero(drawn(looked_at)) == 64 * 64 + 56 * 64
    assert not looked_at.session.image.layers.prediction.any()


def test_a_part_that_comes_later_repaints_only_its_place(qtbot, looked_at, monkeypatch) -> None:
    hear(looked_at, part(looked_at))
    levels = looked_at.canvas.layers.tiles.prediction
    hear(looked_at, part(looked_at, 2, (96, 64, 160, 120)))
    assert looked_at.canvas.layers.tiles.prediction is levels
    assert levels.base[100, 100] == 2


def test_the_whole_takes_the_place_of_its_parts(looked_at) -> None:
    hear(looked_at, part(looked_at))
    whole = np.full(SIZE, 1, np.uint8)
    hear(looked_at, whole_of(looked_at, whole))
    assert drawn(looked_at) is looked_at.session.image.layers.prediction
    assert (drawn(looked_at) == 1).all()


def test_when_the_rest_fails_the_last_whole_prediction_is_back(looked_at) -> None:
    hear(looked_at, part(looked_at))
    hear(looked_at, Failed("It did not work.", shown(looked_at)))
    assert not drawn(looked_at).any()


def test_parts_of_another_image_or_size_are_passed_over(looked_at) -> None:
    other = ImageRef("picture 2.png", shown(looked_at).path)
    one = part(looked_at)
    hear(looked_at, PartPredicted(other, SIZE, one.part))
    hear(looked_at, part(looked_at, size=(HEIGHT + 1, WIDTH)))
    assert not drawn(looked_at).any()


def test_parts_stay_when_the_confidence_is_shown(looked_at, key) -> None:
    hear(looked_at, part(looked_at))
    key(looked_at, Qt.Key.Key_C)
    assert looked_at.canvas.layers.has_heat
    assert (drawn(looked_at)[0:64, 32:96] == 1).all()
    key(looked_at, Qt.Key.Key_C)


def test_what_is_shown_is_accepted_with_its_parts(looked_at) -> None:
    hear(looked_at, part(looked_at))
    looked_at.actions_by_id["edit.accept"].trigger()
    expected = drawn(looked_at).copy()
    np.testing.assert_array_equal(looked_at.session.image.layers.labels, expected)
    assert (expected[0:64, 32:96] == 1).all()


def test_parts_that_were_taken_back_are_not_accepted(looked_at) -> None:
    hear(looked_at, part(looked_at))
    hear(looked_at, Failed("It did not work.", shown(looked_at)))
    looked_at.actions_by_id["edit.accept"].trigger()
    assert not looked_at.session.image.layers.labels.any()
