"""Masks are carried over to images that are framed alike, and from them alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from segmodels.atlas import SIDE, WEIGHT, Atlas, Framing, Page, thumbnail_of
from segmodels.prediction import Image, Labels
from segmodels.tiles import Box


def organ(x: float, y: float, size: int = 192) -> tuple[Image, Labels]:
    """A bright disc with a dark spot in it, on a slope."""
    image = np.tile(np.linspace(40, 90, size), (size, 1)).astype(np.uint8)
    truth = np.zeros((size, size), np.uint8)
    centre = round(x * size), round(y * size)
    cv2.circle(image, centre, size // 5, 200, -1)
    cv2.circle(image, centre, size // 16, 20, -1)
    cv2.circle(truth, centre, size // 5, 1, -1)
    return np.repeat(image[..., None], 3, axis=2), truth


def atlas(*places: tuple[float, float]) -> Atlas:
    return Atlas([Page.of(str(place), *organ(*place), 2) for place in places])


def test_a_mask_is_carried_to_where_the_thing_is() -> None:
    image, truth = organ(0.56, 0.45)
    found = atlas((0.5, 0.5), (0.46, 0.5)).carried_to(thumbnail_of(image))
    np.testing.assert_allclose(found.sum(0), 1, atol=0.01)
    wanted = cv2.resize(truth, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST) == 1
    mask = found.argmax(0) == 1
    assert (mask & wanted).sum() / (mask | wanted).sum() > 0.85
    stay = Page.of("", *organ(0.5, 0.5), 2).shares[1] > 127
    assert (stay & wanted).sum() / (stay | wanted).sum() < 0.75


def test_an_image_that_is_like_no_page_gets_something_all_the_same() -> None:
    image = np.full((50, 70, 3), 128, np.uint8)
    found = atlas((0.5, 0.5)).carried_to(thumbnail_of(image))
    assert found.shape == (2, SIDE, SIDE)
    np.testing.assert_allclose(found.sum(0), 1, atol=0.01)


@pytest.mark.parametrize("box", [Box(0, 0, 300, 200), Box(37, 80, 121, 200), Box(299, 0, 300, 1)])
def test_what_is_mixed_in_does_not_depend_on_the_box(box: Box) -> None:
    planes = np.random.default_rng(0).random((2, SIDE, SIDE)).astype(np.float32)
    framing = Framing(planes, (200, 300))
    whole = framing.mixed(torch.zeros(2, 200, 300), Box(0, 0, 300, 200))
    part = framing.mixed(torch.zeros(2, box.height, box.width), box)
    torch.testing.assert_close(part, whole[:, *box.slices], atol=0.04, rtol=0)
    assert float(whole.max()) == pytest.approx(WEIGHT, abs=0.02)


def test_an_atlas_is_the_same_after_it_was_written() -> None:
    one = atlas((0.5, 0.5), (0.4, 0.6))
    again = Atlas.from_tensors(one.tensors(), ["a", "b"], 2)
    thumbnail = thumbnail_of(organ(0.45, 0.5)[0])
    np.testing.assert_array_equal(again.carried_to(thumbnail), one.carried_to(thumbnail))
    assert again.known_classes == {0, 1}


def test_a_broken_atlas_is_refused() -> None:
    tensors = atlas((0.5, 0.5)).tensors()
    with pytest.raises(ValueError, match="broken"):
        Atlas.from_tensors(tensors, ["a"], 3)
    with pytest.raises(KeyError):
        Atlas.from_tensors({"shares": tensors["shares"]}, ["a"], 2)


def test_an_image_learns_nothing_from_its_own_page() -> None:
    both = atlas((0.5, 0.5), (0.3, 0.6))
    rest = both.without("(0.5, 0.5)")
    assert [page.key for page in rest.pages] == ["(0.3, 0.6)"]
    assert len(both.without(None).pages) == 2
