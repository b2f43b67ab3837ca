"""The pixels of a brush are exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.tools.pixels.stroke import BrushShape, rim, segment

places = st.tuples(st.integers(-30, 30), st.integers(-30, 30))


@pytest.mark.parametrize("radius", [0, 1, 2, 3, 5, 10, 50, 250])
def test_a_click_of_the_round_brush_is_the_exact_disc(radius: int) -> None:
    stamp = segment((7, 9), (7, 9), radius=radius, shape=BrushShape.ROUND)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    assert (stamp.x, stamp.y) == (7 - radius, 9 - radius)
    assert np.array_equal(stamp.mask, x * x + y * y <= radius * radius)


@pytest.mark.parametrize("radius", [0, 1, 4, 250])
def test_a_click_of_the_square_brush_is_the_whole_square(radius: int) -> None:
    stamp = segment((0, 0), (0, 0), radius=radius, shape=BrushShape.SQUARE)
    assert stamp.mask.shape == (2 * radius + 1, 2 * radius + 1)
    assert stamp.mask.all()


@given(places, places, st.integers(0, 12), st.sampled_from(list(BrushShape)))
def test_a_segment_has_the_brush_at_both_ends(start, end, radius, shape) -> None:
    stamp = segment(start, end, radius=radius, shape=shape)
    for x, y in (start, end):
        click = segment((x, y), (x, y), radius=radius, shape=shape)
        top, left = click.y - stamp.y, click.x - stamp.x
        side = 2 * radius + 1
        part = stamp.mask[top : top + side, left : left + side]
        assert part[click.mask].all()


@given(places, places)
def test_the_single_pixel_brush_draws_a_line_of_single_pixels(start, end) -> None:
    stamp = segment(start, end, radius=0, shape=BrushShape.ROUND)
    longest = max(abs(start[0] - end[0]), abs(start[1] - end[1])) + 1
    assert stamp.mask.sum() == longest


@pytest.mark.parametrize("shape", list(BrushShape))
@pytest.mark.parametrize("radius", [0, 1, 3, 20])
def test_the_outline_encloses_exactly_the_pixels(radius: int, shape: BrushShape) -> None:
    stamp = segment((0, 0), (0, 0), radius=radius, shape=shape)
    corners = rim(radius=radius, shape=shape)
    # The shoelace formula gives the area inside of the outline.
    area = 0
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        area += x0 * y1 - x1 * y0
    assert abs(area) / 2 == stamp.mask.sum()
