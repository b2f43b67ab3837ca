"""Masks carried over from painted images to others that are framed alike: an atlas of several.

In chest X-rays the lungs are where they are in all others, give or take a shift and a bend. So each
painted image is registered to the new one on thumbnails, affinely (Evangelidis and Psarakis 2008),
then by optical flow (DIS, Kroeger et al. 2016), and its mask is carried over; the masks vote, the
more alike the registered thumbnails, the stronger (multi-atlas segmentation: Iglesias and Sabuncu
2015). Whether images are framed alike is found by trying (`drawing.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmodels.prediction import Image, Labels
from segmodels.tiles import Box

SIDE = 96
"""Pixels of a thumbnail, whatever the shape of its image."""
WEIGHT = 0.6
"""What the atlas counts beside the head, which counts the rest."""
_LIKENESS = 4.0
"""A correlation higher by so much counts e times as much: by a quarter."""
_SMOOTH = 3.0

_Plane = NDArray[Any]  # float32; the type hints of OpenCV know no dtype


@dataclass(frozen=True, eq=False)
class Page:
    """A painted image by its key: `thumbnail` (96, 96) uint8; `shares` (C, 96, 96) uint8, how much
    of a pixel is of each class, 0..255.
    """

    key: str
    thumbnail: NDArray[np.uint8]
    shares: NDArray[np.uint8]

    @classmethod
    def of(cls, key: str, image: Image, labels: Labels, classes: int) -> Page:
        """Make one of (H, W, 3) uint8 and the class of each of its pixels."""
        planes = [
            cv2.resize((labels == value).astype(np.float32), (SIDE, SIDE), interpolation=_AREA)
            for value in range(classes)
        ]
        return cls(key, thumbnail_of(image), np.rint(np.stack(planes) * 255).astype(np.uint8))


@dataclass(frozen=True, eq=False)
class Atlas:
    """Pages that know the same classes. Any thread."""

    pages: Sequence[Page]

    @property
    def classes(self) -> int:
        """How many classes there were when it was drawn."""
        return len(self.pages[0].shares)

    @property
    def known_classes(self) -> frozenset[int]:
        """The classes that some page shows."""
        shown = np.stack([page.shares.any((1, 2)) for page in self.pages]).any(0)
        return frozenset(np.flatnonzero(shown).tolist())

    def without(self, key: str | None) -> Atlas:
        """Leave out the page of an image, which tells nothing new of that image."""
        return Atlas([page for page in self.pages if page.key != key])

    def carried_to(self, thumbnail: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Give the probabilities (C, 96, 96) that the pages tell of an image, by its thumbnail."""
        found = [_registered(page.thumbnail, thumbnail) for page in self.pages]
        likeness = np.array([place.likeness for place in found])
        votes = np.exp(_LIKENESS * (likeness - likeness.max()))
        total = np.zeros((self.classes, SIDE, SIDE), np.float32)
        for page, place, vote in zip(self.pages, found, votes / votes.sum(), strict=True):
            for plane, share in zip(total, page.shares, strict=True):
                plane += float(vote) / 255 * _moved(share.astype(np.float32), place.x, place.y)
        return total

    def tensors(self) -> dict[str, Tensor]:
        """Give what `from_tensors` needs."""
        return {
            "thumbnails": torch.from_numpy(np.stack([page.thumbnail for page in self.pages])),
            "shares": torch.from_numpy(np.stack([page.shares for page in self.pages])),
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor], keys: Sequence[str], classes: int) -> Atlas:
        """Read what `tensors` gave of pages of these keys; raises KeyError, ValueError."""
        thumbnails, shares = tensors["thumbnails"], tensors["shares"]
        count = len(keys)
        is_right = (
            count > 1
            and thumbnails.shape == (count, SIDE, SIDE)
            and shares.shape == (count, classes, SIDE, SIDE)
            and thumbnails.dtype == shares.dtype == torch.uint8
        )
        if not is_right:
            raise ValueError("the atlas of the model is broken")
        parts = zip(keys, thumbnails.numpy(), shares.numpy(), strict=True)
        return cls([Page(*part) for part in parts])


@dataclass(frozen=True, eq=False)
class Framing:
    """What an atlas tells of one image of `shape` (height, width): `planes` (C, 96, 96)."""

    planes: NDArray[np.float32]
    shape: tuple[int, int]

    @classmethod
    def of(cls, atlas: Atlas, image: Image) -> Framing:
        """Register an image (H, W, 3) uint8; some 5 ms a page."""
        return cls(atlas.carried_to(thumbnail_of(image)), image.shape[:2])

    def mixed(self, probabilities: Tensor, box: Box) -> Tensor:
        """Give the probabilities (C, h, w) of a box of the image, in which the atlas counts too."""
        across, down = SIDE / self.shape[1], SIDE / self.shape[0]
        place = np.array(
            [
                [across, 0, (box.x0 + 0.5) * across - 0.5],
                [0, down, (box.y0 + 0.5) * down - 0.5],
            ]
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (box.width, box.height)
        found = np.stack(
            [
                cv2.warpAffine(plane, place, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
                for plane in self.planes
            ]
        )
        return probabilities.lerp(torch.from_numpy(found).to(probabilities), WEIGHT)


_AREA = cv2.INTER_AREA


def thumbnail_of(image: Image) -> NDArray[np.uint8]:
    """Give the luminance (96, 96) uint8 of (H, W, 3) uint8, its contrast made even all over."""
    small = cv2.resize(np.ascontiguousarray(image), (SIDE, SIDE), interpolation=_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.createCLAHE(2.0, (4, 4)).apply(grey), np.uint8)


class _Place(NamedTuple):
    """Where each pixel of a thumbnail lies in another, (96, 96) float32 each, and how alike they
    are then: their correlation.
    """

    x: _Plane
    y: _Plane
    likeness: float


_EVERYWHERE = np.full((SIDE, SIDE), 255, np.uint8)
_Y, _X = np.mgrid[:SIDE, :SIDE].astype(np.float32)


def _registered(page: NDArray[np.uint8], thumbnail: NDArray[np.uint8]) -> _Place:
    """Find in `page` each pixel of `thumbnail`."""
    x, y = _affine(page, thumbnail)
    seen = _moved(page, x, y)
    if _likeness(thumbnail, seen) < _likeness(thumbnail, page):
        x, y, seen = _X, _Y, page
    flow = np.zeros((SIDE, SIDE, 2), np.float32)
    cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(thumbnail, seen, flow)
    bend = cv2.GaussianBlur(flow, (0, 0), _SMOOTH)
    to_x, to_y = _X + bend[..., 0], _Y + bend[..., 1]
    x, y = _moved(x, to_x, to_y), _moved(y, to_x, to_y)
    return _Place(x, y, _likeness(thumbnail, _moved(page, x, y)))


def _affine(page: NDArray[np.uint8], thumbnail: NDArray[np.uint8]) -> tuple[_Plane, _Plane]:
    one, other = (cv2.GaussianBlur(plane, (0, 0), 2) for plane in (thumbnail, page))
    start = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-4)
    try:
        _, found = cv2.findTransformECC(one, other, start, cv2.MOTION_AFFINE, stop, _EVERYWHERE, 5)
    except cv2.error:  # it does not converge: nothing is alike
        return _X, _Y
    across, down = np.asarray(found, np.float32)
    return (
        across[0] * _X + across[1] * _Y + across[2],
        down[0] * _X + down[1] * _Y + down[2],
    )


def _moved(plane: _Plane, x: _Plane, y: _Plane) -> _Plane:
    return cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _likeness(one: _Plane, other: _Plane) -> float:
    a, b = (plane.astype(np.float32) - np.float32(plane.mean()) for plane in (one, other))
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-6))
