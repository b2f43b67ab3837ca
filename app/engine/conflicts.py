"""The job that looks for labels which a held-out model disagrees with."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.engine.events import Conflict, ConflictSearch, ConflictsFound
from app.engine.inbox import Slices
from segmodels import Learner, NothingToLearn
from segmodels import conflicts as held_out
from segmodels.shortage import where_it_fits

PICTURE_SIZE = 88


def find_conflicts(learner: Learner) -> Slices:
    """Compare all labels; tells how far it is and, at the end, what was found."""
    samples = list(learner.samples.values())
    steps = where_it_fits(learner, lambda: held_out.find_conflicts_steps(learner, samples))
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            found = end.value
            break
        except NothingToLearn as reason:
            yield ConflictsFound((), str(reason))
            return
        yield None if share is None else ConflictSearch(share)
    images = {sample.key: sample.image for sample in samples}
    conflicts = tuple(_as_message(one, images[one.key]) for one in found)
    yield ConflictsFound(conflicts, _sentence(len(conflicts)))


def picture_of(conflict: held_out.Conflict, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut (PICTURE_SIZE, PICTURE_SIZE, 3) uint8 RGB around a conflict, its outline drawn in."""
    box, (height, width) = conflict.box, image.shape[:2]
    side = max(24, round(1.6 * max(box.width, box.height)))
    left, top = (box.x0 + box.x1 - side) // 2, (box.y0 + box.y1 - side) // 2
    columns = np.clip(np.arange(left, left + side), 0, width - 1)
    rows = np.clip(np.arange(top, top + side), 0, height - 1)
    cut = np.ascontiguousarray(image[rows[:, None], columns[None, :]])
    way = cv2.INTER_AREA if side > PICTURE_SIZE else cv2.INTER_LINEAR
    picture = cv2.resize(cut, (PICTURE_SIZE, PICTURE_SIZE), interpolation=way)
    whole = np.zeros((side, side), np.uint8)
    y, x = box.y0 - top, box.x0 - left
    whole[y : y + box.height, x : x + box.width] = conflict.mask
    mask = cv2.resize(whole, (PICTURE_SIZE, PICTURE_SIZE), interpolation=cv2.INTER_NEAREST)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, outlines, -1, (0, 0, 0), 3)
    cv2.drawContours(picture, outlines, -1, (255, 255, 255), 1)
    return picture.astype(np.uint8)


def _as_message(conflict: held_out.Conflict, image: NDArray[np.uint8]) -> Conflict:
    box = conflict.box
    mask = conflict.mask.copy()
    mask.setflags(write=False)
    return Conflict(
        key=conflict.key,
        box=(box.x0, box.y0, box.x1, box.y1),
        mask=mask,
        class_id=conflict.class_id,
        suggested=conflict.suggested,
        confidence=conflict.confidence,
        picture=picture_of(conflict, image),
    )


def _sentence(count: int) -> str:
    if not count:
        return "No stroke stands out: a model that has not seen them agrees with all of them."
    return (
        "A model that has not seen these strokes would label them otherwise. Many are right, as "
        "what corrects a model must be unlike it: flip only what is wrong."
    )
