"""Drawing an atlas of what is painted, and finding out whether it helps: in idle time."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Protocol
from weakref import ReferenceType, ref

import cv2
import numpy as np

from segmodels.atlas import SIDE, Atlas, Framing, Page
from segmodels.feature_source import FeatureSource
from segmodels.finetuning.holdout import Grouping
from segmodels.fusion import FusedHead, solve_fused_steps
from segmodels.learner_settings import LearnerSettings
from segmodels.metrics import Scores, confusion_matrix
from segmodels.predicting import Assembly, tiled_steps
from segmodels.prediction import UNLABELLED, Image, Labels
from segmodels.samples import Sample, gather

FEWEST_PAGES = 3
"""With two, each is judged by a head that knows one image only, which is no rival."""
MOST_PAGES = 16
_JUDGED = 5
_GOOD_ENOUGH = 0.65
_MARGIN = 0.3
"""By a part of which the atlas must be better, the less the more pages there are: its rivals know
one image of so many less than the head in use.
"""


class Painter(Protocol):
    """What is needed of a learner."""

    classes: int
    seed: int
    settings: LearnerSettings
    grouping: Grouping
    source: FeatureSource


class Drawing:
    """The atlas in use, if any, and which images it was tried with. Not thread-safe."""

    def __init__(self, atlas: Atlas | None = None) -> None:
        self.atlas = atlas
        self._tried: frozenset[str] = frozenset()
        self._told: tuple[ReferenceType[Image], Atlas, Framing] | None = None

    def steps(
        self, painter: Painter, samples: Mapping[str, Sample], head: FusedHead
    ) -> Generator[None, None, bool]:
        """Draw anew when other images are painted than at the last time; gives whether an atlas
        came into use, or went.
        """
        keys, classes, before = frozenset(samples), painter.classes, self.atlas
        if keys == self._tried:
            return False
        atlas = yield from atlas_steps(painter, list(samples.values()), head)
        if self.atlas is not before or painter.classes != classes or frozenset(samples) != keys:
            return False  # other images are painted now, or the classes changed: at the next time
        self.atlas, self._tried = atlas, keys
        return (atlas is None) != (before is None)

    def framing_of(self, image: Image, key: str | None, head: FusedHead) -> Framing | None:
        """Give what the atlas tells of an image, None without one that knows what the head does.

        That of the last image is remembered: an image is asked for at each stroke on it.
        """
        atlas = self.atlas
        if atlas is None or atlas.classes != head.classes:
            return None
        if not atlas.known_classes >= set(head.known_classes):
            return None  # a class that is new must work at once
        if self._told is not None and self._told[0]() is image and self._told[1] is atlas:
            return self._told[2]
        framing = Framing.of(atlas.without(key), image)
        self._told = ref(image), atlas, framing
        return framing


def atlas_steps(
    painter: Painter, samples: Sequence[Sample], head: FusedHead
) -> Generator[None, None, Atlas | None]:
    """Draw an atlas of the samples, the newest last, or give None: it would not help.

    `head` tells what is not painted on them. Each of the newest five is judged by an atlas of the
    others (of other groups, where such are named), and by a head solved on these: the atlas is
    taken when its masks of them are good, and clearly better than the head's. Yields between slices
    of the work.
    """
    samples = samples[-MOST_PAGES:]
    if len(samples) < FEWEST_PAGES:
        return None
    masks, pages = [], []
    for sample in samples:
        mask = yield from _mask_steps(painter, sample, head)
        masks.append(np.where(sample.labels == UNLABELLED, mask, sample.labels))
        pages.append(Page.of(sample.key, sample.image, masks[-1], painter.classes))
        yield
    groups = [painter.grouping(sample.key) for sample in samples]
    by_atlas = by_head = np.zeros((painter.classes, painter.classes), np.int64)
    for number in range(max(0, len(samples) - _JUDGED), len(samples)):
        others = [place for place, group in enumerate(groups) if group != groups[number]]
        kept = [samples[place] for place in others]
        if len({value for sample in kept for value in sample.classes}) < 2:
            return None
        truth = _small(masks[number])
        rest = Atlas([pages[place] for place in others])
        carried = rest.carried_to(pages[number].thumbnail).argmax(0).astype(np.uint8)
        yield
        rival = yield from _head_steps(painter, kept)
        mask = yield from _mask_steps(painter, samples[number], rival)
        by_atlas = by_atlas + confusion_matrix(truth, carried, classes=painter.classes)
        by_head = by_head + confusion_matrix(truth, _small(mask), classes=painter.classes)
    reached, to_beat = Scores(by_atlas).mean_iou, Scores(by_head).mean_iou
    is_better = reached > max(_GOOD_ENOUGH, to_beat + _MARGIN / len(pages))
    return Atlas(pages) if is_better else None


def _small(mask: Labels) -> Labels:
    return np.asarray(cv2.resize(mask, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST), np.uint8)


def _mask_steps(painter: Painter, sample: Sample, head: FusedHead) -> Generator[None, None, Labels]:
    assembly = Assembly(sample.image)
    prediction = yield from tiled_steps(painter.source, head, assembly, sample.key)
    return prediction.labels


def _head_steps(painter: Painter, samples: Sequence[Sample]) -> Generator[None, None, FusedHead]:
    pixels = yield from painter.source.labelled_steps(samples)
    head, _ = yield from solve_fused_steps(
        gather(pixels, limit=painter.settings.head_pixels, seed=painter.seed),
        painter.source.groups(),
        classes=painter.classes,
        settings=painter.settings.head,
        seed=painter.seed,
    )
    return head
