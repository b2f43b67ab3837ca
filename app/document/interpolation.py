"""Slices between two labelled ones: shapes go over into each other by their signed distances.

Shape-based interpolation (Raya and Udupa 1990): the distance to the edge of a class, positive
inside, is blended linearly between the two slices; a class is where it is positive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED
from app.document.edit import edit_between
from app.document.errors import DocumentError
from app.document.images import image_size
from app.document.project import Project

Labels = NDArray[np.uint8]
Distance = NDArray[np.float32]


@dataclass(frozen=True)
class Interpolated:
    """One image between: how many pixels were given a class. `problem` is a sentence."""

    name: str
    pixels: int
    problem: str | None = None


def blended(first: Labels, last: Labels, share: float) -> Labels:
    """The labels (H, W) uint8 at `share` 0..1 of the way; 255 where no class reaches.

    A class that is in one of the two only shrinks away from it.
    """
    result = np.full(first.shape, UNLABELLED, np.uint8)
    best = np.full(first.shape, -1e-4, np.float32)  # where two classes meet, one has it
    values = set(np.unique(first).tolist()) | set(np.unique(last).tolist())
    for value in sorted(values - {UNLABELLED}):
        a, b = _signed_distances(first == value, last == value)
        distance = (1 - share) * a + share * b
        wins = distance > best
        result[wins] = value
        best[wins] = distance[wins]
    return result


def interpolate(
    project: Project, image_ids: Sequence[int], name: str, *, is_dry_run: bool = False
) -> Iterator[Interpolated]:
    """Fill the unlabelled pixels of all images between the first and the last of `image_ids`.

    One ordinary edit called `name` for each; what a person painted there stays. Yields after each.
    Any one thread, with none of these images being painted. Raises `DocumentError` when the first
    or the last cannot be read.
    """
    first = _labels_of(project, image_ids[0])
    last = _labels_of(project, image_ids[-1])
    if first.shape != last.shape:
        raise DocumentError("The first and the last image have not the same size.")
    for number, image_id in enumerate(image_ids[1:-1], start=1):
        image_name = project.images[image_id].name
        try:
            labels = _labels_of(project, image_id)
        except DocumentError as error:
            yield Interpolated(image_name, 0, str(error))
            continue
        if labels.shape != first.shape:
            yield Interpolated(
                image_name, 0, f"{image_name} has another size: it is left as it is."
            )
            continue
        between = blended(first, last, number / (len(image_ids) - 1))
        filled = np.where(labels == UNLABELLED, between, labels)
        edit = edit_between(labels, filled, name)
        if edit is not None and not is_dry_run:
            project.commit_edit(image_id, edit)
            project.checkpoint(image_id, filled)
        yield Interpolated(image_name, int(np.count_nonzero(filled != labels)))


def _labels_of(project: Project, image_id: int) -> Labels:
    width, height = image_size(project.image_path(image_id))
    return project.load_layers(image_id, (height, width))[0].labels


def _signed_distances(
    first: NDArray[np.bool_], last: NDArray[np.bool_]
) -> tuple[Distance, Distance]:
    """Distances in pixels to the edge, positive inside; what is missing lies as deep outside as the
    other is thick.
    """
    if not first.any():
        inside = _signed_distance(last)
        return np.full_like(inside, -float(inside.max())), inside
    if not last.any():
        inside = _signed_distance(first)
        return inside, np.full_like(inside, -float(inside.max()))
    return _signed_distance(first), _signed_distance(last)


def _signed_distance(mask: NDArray[np.bool_]) -> Distance:
    if mask.all():
        return np.full(mask.shape, float(sum(mask.shape)), np.float32)
    inside = mask.astype(np.uint8)
    here = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    there = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(here - there, np.float32)
