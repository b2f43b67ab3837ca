"""The picture of before and after shows both masks over the image."""

import numpy as np

from app.cli.overlay import before_and_after, over
from app.document.classes import DEFAULT


def test_background_is_clear_and_an_object_is_tinted_and_outlined():
    image = np.full((20, 20, 3), 100, np.uint8)
    mask = np.zeros((20, 20), np.uint8)
    mask[5:15, 5:15] = 1
    colours = DEFAULT.colour_table()
    shown = over(image, mask, colours)
    assert (shown[0, 0] == 100).all()
    assert (shown[10, 10] != 100).any()
    assert (shown[5, 5] == colours[1]).all()


def test_both_columns_are_there_and_differ():
    image = np.full((30, 40, 3), 100, np.uint8)
    nothing, everything = np.zeros((30, 40), np.uint8), np.ones((30, 40), np.uint8)
    rows = [(image, nothing, everything)] * 2
    sheet = before_and_after(rows, DEFAULT.colour_table(), ("before", "after"))
    assert sheet.shape == (26 + 2 * 38, 2 * 40 + 24, 3)
    assert (sheet[26:56, 8:48] == 100).all()
    assert not (sheet[26:56, 56:96] == 100).all()
    assert sheet[:26].min() < 255
