"""The view: conversions, zoom at a point, and never losing the image."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.canvas.view import MAX_SCALE, MIN_SCALE, View, fitted

views = st.builds(
    View,
    st.floats(MIN_SCALE, MAX_SCALE),
    st.floats(-5000, 5000),
    st.floats(-5000, 5000),
)
points = st.floats(-2000, 2000)


@given(views, points, points)
def test_a_point_comes_back_from_the_image(view: View, x: float, y: float) -> None:
    assert view.to_widget(*view.to_image(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(views, st.floats(0.1, 10), points, points)
def test_zooming_keeps_the_point_under_the_cursor(
    view: View, factor: float, x: float, y: float
) -> None:
    before = view.to_image(x, y)
    after = view.zoomed(factor, x, y)
    assert after.to_widget(*before) == pytest.approx((x, y), abs=1e-6)
    assert MIN_SCALE <= after.scale <= MAX_SCALE


@given(views, points, points)
def test_panning_moves_every_point_alike(view: View, dx: float, dy: float) -> None:
    x, y = view.to_widget(3, 4)
    assert view.panned(dx, dy).to_widget(3, 4) == pytest.approx((x + dx, y + dy))


@given(
    st.integers(1, 20_000), st.integers(1, 20_000), st.integers(100, 4000), st.integers(100, 4000)
)
def test_a_fitted_image_is_whole_and_in_the_middle(
    width: int, height: int, room_x: int, room_y: int
) -> None:
    view = fitted((width, height), (room_x, room_y))
    left, top = view.to_widget(0, 0)
    right, bottom = view.to_widget(width, height)
    assert left + right == pytest.approx(room_x)
    assert top + bottom == pytest.approx(room_y)
    if view.scale > MIN_SCALE:
        assert left >= 0
        assert top >= 0
    assert view.visible((width, height), (room_x, room_y)) == (0, 0, width, height)


@given(views, st.integers(1, 5000), st.integers(1, 5000))
def test_some_of_the_image_always_stays_on_screen(view: View, width: int, height: int) -> None:
    kept = view.kept_on_screen((width, height), (800, 600))
    left, top = kept.to_widget(0, 0)
    right, bottom = kept.to_widget(width, height)
    assert right > 0
    assert bottom > 0
    assert left < 800
    assert top < 600
