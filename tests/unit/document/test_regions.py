from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from app.document.regions import fill, outlines, regions
from app.document.rle import mask_of, packed, runs_of, unpacked

masks = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.booleans())


@settings(max_examples=150, deadline=None)
@given(mask=masks)
def test_outlines_filled_again_are_the_same_mask(mask: np.ndarray) -> None:
    rings = [ring for outer, holes in outlines(mask) for ring in (outer, *holes)]
    np.testing.assert_array_equal(fill(rings, mask.shape), mask)


@settings(max_examples=100, deadline=None)
@given(mask=masks)
def test_one_polygon_a_region_with_bridges_to_its_holes_is_exact(mask: np.ndarray) -> None:
    found = np.zeros(mask.shape, bool)
    for region in regions(mask.astype(np.uint8), [1]):
        pixels = fill([region.polygon()], mask.shape)
        assert not (pixels & found).any()
        assert region.area == np.count_nonzero(pixels)
        found |= pixels
    np.testing.assert_array_equal(found, mask)


# pycocotools has not followed NumPy 2.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@settings(max_examples=100, deadline=None)
@given(mask=masks)
def test_pycocotools_agrees_about_polygons_and_runs(mask: np.ndarray) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    height, width = mask.shape
    counts = packed(runs_of(mask))
    assert counts == coco.encode(np.asfortranarray(mask, np.uint8))["counts"].decode()
    assert unpacked(counts) == runs_of(mask)
    np.testing.assert_array_equal(mask_of(runs_of(mask), mask.shape), mask)
    for region in regions(mask.astype(np.uint8), [1]):
        polygon = region.polygon()
        (encoded,) = coco.frPyObjects([polygon.ravel().tolist()], height, width)
        pixels = coco.decode(encoded).astype(bool)
        np.testing.assert_array_equal(pixels, fill([polygon], mask.shape))


@pytest.mark.parametrize("text", ["é", "\x00", "o", "oooooooooooooooooooo"])
def test_damaged_runs_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="run"):
        mask_of(unpacked(text), (3, 3))
