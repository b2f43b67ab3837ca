"""The overlay: labels above the prediction, both visible, patches equal to a new drawing."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.classes import UNLABELLED
from app.document.id_pyramid import IdPyramid
from app.ui.canvas.overlay import OverlayStyle, compose, tables
from app.ui.canvas.tiles import OverlayTiles

COLOURS = np.arange(768, dtype=np.uint32).reshape(256, 3).astype(np.uint8)


def alpha(pixels: np.ndarray) -> np.ndarray:
    return pixels >> 24


def drawn(labels, prediction=None, confidence=None, **style) -> np.ndarray:
    layers = [None if a is None else np.pad(a, 1, mode="edge")
              for a in (labels, prediction, confidence)]  # fmt: skip
    return compose(layers[0], layers[1], layers[2], tables(OverlayStyle(COLOURS, **style)))


def layer(value: int) -> np.ndarray:
    return np.full((8, 8), value, np.uint8)


def test_painted_pixels_are_more_solid_than_predicted_ones() -> None:
    assert (alpha(drawn(layer(1))) > alpha(drawn(layer(UNLABELLED), layer(1)))).all()
    assert (alpha(drawn(layer(UNLABELLED), layer(1))) > 0).all()


def test_unlabelled_pixels_are_clear() -> None:
    assert not drawn(layer(UNLABELLED)).any()


def test_a_predicted_background_does_not_tint_the_picture_but_a_painted_one_does() -> None:
    assert not drawn(layer(UNLABELLED), layer(0)).any()
    assert drawn(layer(0)).all()


def test_the_prediction_does_not_shine_through_the_labels() -> None:
    assert np.array_equal(drawn(layer(1), layer(2)), drawn(layer(1)))


def test_hidden_classes_are_clear() -> None:
    assert not drawn(layer(3), hidden=frozenset({3})).any()
    assert not drawn(layer(UNLABELLED), layer(3), hidden=frozenset({3})).any()


def test_outlines_only_leave_the_inside_clear() -> None:
    labels = layer(UNLABELLED)
    labels[2:7, 2:7] = 1
    shown = drawn(labels, is_outline_only=True)
    assert not shown[3:6, 3:6].any()
    assert shown[2, 2:7].all()


def test_unsure_pixels_show_in_the_confidence_view() -> None:
    unsure = drawn(layer(255), layer(1), layer(20), shows_confidence=True)
    sure = drawn(layer(255), layer(1), layer(255), shows_confidence=True)
    assert unsure.all()
    assert not sure.any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_patched_tile_equals_a_new_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    height, width = (int(n) for n in random.integers(200, 1400, 2))
    labels = np.full((height, width), UNLABELLED, np.uint8)
    labels[:, : width // 2] = 0
    labels[: height // 3] = 2
    prediction = random.integers(0, 3, (height, width)).astype(np.uint8)
    looks = tables(OverlayStyle(COLOURS))
    ids = IdPyramid(labels)
    guess = IdPyramid(prediction)
    tiles = OverlayTiles(ids, looks, guess)
    keys = [(level, 0, 0) for level in range(ids.count)] + [(0, (width - 1) // 256, 0)]
    for key in keys:
        tiles.image(*key)
    for _ in range(3):
        x0, y0 = int(random.integers(0, width)), int(random.integers(0, height))
        x1, y1 = min(width, x0 + 70), min(height, y0 + 40)
        labels[y0:y1, x0:x1] = random.integers(0, 4)
        ids.follow(x0, y0, x1, y1)
        tiles.follow(x0, y0, x1, y1, level=int(random.integers(0, ids.count)))
    fresh = OverlayTiles(IdPyramid(labels), looks, guess)
    for key in keys:
        assert tiles.image(*key) == fresh.image(*key)
