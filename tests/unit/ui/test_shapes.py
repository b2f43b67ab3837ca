"""Shapes hold exactly the pixels whose middle is inside."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.ui.tools.pixels.shapes import ellipse, polygon, rectangle, squared

corners = st.lists(
    st.tuples(st.floats(-20, 20, width=32), st.floats(-20, 20, width=32)), min_size=3, max_size=7
)


def is_inside(x: float, y: float, points: list[tuple[float, float]]) -> bool:
    """The even-odd rule, one point at a time."""
    inside = False
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        if (y0 > y) != (y1 > y) and x >= x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside


@given(corners)
@example([(0.0, 0.0), (0.9225860238075256, 0.9225860238075256), (-5.0, -5.0)])
def test_a_polygon_holds_the_pixels_whose_middle_is_inside(points) -> None:
    stamp = polygon(points)
    for row in range(stamp.mask.shape[0]):
        for column in range(stamp.mask.shape[1]):
            x, y = column + stamp.x + 0.5, row + stamp.y + 0.5
            if any(abs(x - px) < 1e-3 or abs(y - py) < 1e-3 for px, py in points):
                continue
            around = {is_inside(x + by, y, points) for by in (-1e-4, 0, 1e-4)}
            # On an edge, or on two of them that lie upon each other, rounding decides.
            assert len(around) == 2 or {bool(stamp.mask[row, column])} == around


def test_a_polygon_along_pixel_edges_is_a_rectangle() -> None:
    stamp = polygon([(2, 3), (7, 3), (7, 5), (2, 5)])
    assert (stamp.x, stamp.y, stamp.mask.shape) == (2, 3, (2, 5))
    assert stamp.mask.all()


def test_a_rectangle_holds_both_its_corners() -> None:
    for start, end in (((2, 3), (5, 4)), ((5, 4), (2, 3))):
        stamp = rectangle(start, end)
        assert (stamp.x, stamp.y, stamp.mask.shape) == (2, 3, (2, 4))


@given(st.integers(1, 30), st.integers(1, 30))
def test_an_ellipse_is_symmetric_and_touches_its_box(width: int, height: int) -> None:
    mask = ellipse((0, 0), (width - 1, height - 1)).mask
    assert mask.shape == (height, width)
    assert np.array_equal(mask, mask[::-1])
    assert np.array_equal(mask, mask[:, ::-1])
    assert mask[height // 2].any()


@pytest.mark.parametrize("end", [(9, 2), (-9, 2), (2, -9), (-2, 9)])
def test_shift_gives_equal_sides_in_the_direction_of_the_drag(end) -> None:
    x, y = squared((0, 0), end)
    assert abs(x) == abs(y) == 9
    assert (x > 0) == (end[0] > 0)
    assert (y > 0) == (end[1] > 0)
