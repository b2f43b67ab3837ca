"""The most doubtful regions of an image, from maps made up for it."""

from __future__ import annotations

import numpy as np
import pytest

from segmodels.doubt import doubtful_regions
from segmodels.prediction import UNLABELLED


def sure_map(height: int = 200, width: int = 300) -> tuple[np.ndarray, np.ndarray]:
    return np.full((height, width), 255, np.uint8), np.full((height, width), UNLABELLED, np.uint8)


def holds(box, x: int, y: int) -> bool:
    return box.x0 <= x < box.x1 and box.y0 <= y < box.y1


def test_the_most_doubtful_region_comes_first() -> None:
    confidence, labels = sure_map()
    confidence[40:60, 40:60] = 180
    confidence[140:160, 240:260] = 100
    regions = doubtful_regions(confidence, labels)
    assert holds(regions[0], 250, 150)
    assert any(holds(box, 50, 50) for box in regions[1:])


def test_labelled_pixels_are_beyond_doubt() -> None:
    confidence, labels = sure_map()
    confidence[40:60, 40:60] = 180
    confidence[140:160, 240:260] = 100
    labels[135:165, 235:265] = 1
    assert holds(doubtful_regions(confidence, labels)[0], 50, 50)


def test_where_the_model_is_sure_there_is_no_region() -> None:
    assert doubtful_regions(*sure_map()) == []
    confidence, labels = sure_map()
    confidence[:] = 0
    labels[:] = 0
    assert doubtful_regions(confidence, labels) == []


@pytest.mark.parametrize(("x", "y"), [(0, 0), (290, 0), (0, 190), (290, 190)])
def test_regions_at_the_border_stay_inside(x: int, y: int) -> None:
    confidence, labels = sure_map()
    confidence[y : y + 10, x : x + 10] = 0
    box = doubtful_regions(confidence, labels)[0]
    assert holds(box, x + 5, y + 5)
    assert 0 <= box.x0 < box.x1 <= 300
    assert 0 <= box.y0 < box.y1 <= 200
    assert box.width == box.height == 37


def test_regions_do_not_lie_on_each_other_and_are_not_endless() -> None:
    confidence, labels = sure_map()
    confidence[:] = np.random.default_rng(0).integers(0, 255, confidence.shape)
    regions = doubtful_regions(confidence, labels, count=9)
    assert len(regions) == 9
    for number, box in enumerate(regions):
        for other in regions[:number]:
            overlap_x = min(box.x1, other.x1) - max(box.x0, other.x0)
            overlap_y = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert min(overlap_x, overlap_y) <= 37 * 0.6


def test_a_tiny_image_is_one_region() -> None:
    confidence, labels = np.full((5, 7), 20, np.uint8), np.full((5, 7), UNLABELLED, np.uint8)
    regions = doubtful_regions(confidence, labels)
    assert (regions[0].x0, regions[0].y0, regions[0].x1, regions[0].y1) == (0, 0, 7, 5)
