"""A session with a simulated annotator: image after image is painted, learned, and scored."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segmodels.annotator import UNLABELLED, SimulatedAnnotator, Stroke, paint, user_seconds
from segmodels.errors import NothingToLearn
from segmodels.learner import Learner
from segmodels.metrics import Scores, confusion_matrix

Labels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class FinishedImage:
    """`image` (H, W, 3) uint8 RGB with its true classes, (H, W) uint8, 255 = of no class."""

    name: str
    image: NDArray[np.uint8]
    truth: Labels


class Student(Protocol):
    """What learns in a session: our learner, or a yardstick."""

    def put_sample(self, key: str, image: NDArray[np.uint8], labels: Labels) -> None:
        """Take the labels of an image, (H, W) uint8, 255 = unlabelled; the same key replaces."""

    def answer(self) -> None:
        """Learn from all samples, at once."""

    def study(self, seconds: float) -> None:
        """Learn from all samples for that long."""

    def predict(self, key: str, image: NDArray[np.uint8]) -> Labels | None:
        """The class of every pixel, (H, W) uint8; None as long as nothing was learned."""


class LearnerStudent:
    """Our learner as a student: the head is its answer, fine-tuning its study."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner

    def put_sample(self, key: str, image: NDArray[np.uint8], labels: Labels) -> None:
        """Give it the labels."""
        self.learner.put_sample(key, image, labels)

    def answer(self) -> None:
        """Solve the head; with strokes of one class only there is nothing to solve yet."""
        with suppress(NothingToLearn):
            self.learner.solve_head()

    def study(self, seconds: float) -> None:
        """Fine-tune, until it stops by itself at the latest."""
        with suppress(NothingToLearn):
            for report in self.learner.train(seconds=seconds):
                if report.is_finished:
                    break

    def predict(self, key: str, image: NDArray[np.uint8]) -> Labels | None:
        """Predict, with the image's features kept in memory."""
        if not self.learner.can_predict:
            return None
        return self.learner.predict(image, key=key).labels


@dataclass(frozen=True)
class Lesson:
    """Where a session stands after one image. Scores are mean IoU, 0..1.

    `strokes`, `user_seconds` and `compute_seconds` (learning and predicting for the person, not
    the scoring) are sums since the start. `others` is over images that are never painted.
    `prequential` is of the image before it was corrected, against the truth; `honest` the same
    against what the person left behind, as the program shows it. None for the first image.
    """

    image: str
    strokes: int
    user_seconds: float
    compute_seconds: float
    others: float
    prequential: float | None
    honest: float | None


def simulate(
    student: Student,
    painted: Iterable[FinishedImage],
    others: Sequence[FinishedImage],
    annotator: SimulatedAnnotator,
    *,
    seconds: float = 0,
) -> Iterator[Lesson]:
    """Paint one image after the other; a lesson after each, with `seconds` of study in it.

    The first image gets a short stroke in each of its classes; the others are corrected in up to
    `rounds` rounds, each followed by a new prediction.
    """
    clock = _Clock()
    strokes: list[Stroke] = []
    for number, sample in enumerate(painted):
        labels = np.full_like(sample.truth, UNLABELLED)
        with clock:
            predicted = student.predict(sample.name, sample.image)
        before = predicted
        for _ in range(annotator.settings.rounds):
            is_first = predicted is None
            if predicted is None:
                new = annotator.first_strokes(sample.truth)
            else:
                new = annotator.corrections(sample.truth, predicted)
            if not new:
                break
            strokes += new
            paint(labels, new)
            with clock:
                student.put_sample(sample.name, sample.image, labels)
                student.answer()
                predicted = student.predict(sample.name, sample.image)
            if number == 0 or is_first:
                break
        if seconds:
            with clock:
                student.study(seconds)
        yield Lesson(
            image=sample.name,
            strokes=len(strokes),
            user_seconds=user_seconds(strokes),
            compute_seconds=clock.seconds,
            others=mean_iou_of(student, others),
            prequential=None if before is None else mean_iou([(sample.truth, before)]),
            honest=None
            if before is None
            else mean_iou([(_left_behind(labels, predicted), before)]),
        )


def area_under_curve(lessons: Sequence[Lesson]) -> float:
    """The mean, over the painted images, of the score on the others: 0..1."""
    return sum(lesson.others for lesson in lessons) / max(1, len(lessons))


def mean_iou_of(student: Student, images: Sequence[FinishedImage]) -> float:
    """Mean IoU of its predictions over all pixels of these images; 0 if it cannot predict."""
    pairs = []
    for sample in images:
        predicted = student.predict(sample.name, sample.image)
        if predicted is None:
            return 0.0
        pairs.append((sample.truth, predicted))
    return mean_iou(pairs)


def mean_iou(pairs: Sequence[tuple[Labels, Labels]]) -> float:
    """Over all pixels of pairs (truth, predicted), the mean over the classes that are true."""
    matrix = np.zeros((256, 256), np.int64)
    for truth, predicted in pairs:
        matrix += confusion_matrix(truth, predicted, classes=256, ignore=UNLABELLED)
    return Scores(matrix).mean_iou


def count_classes(images: Sequence[FinishedImage]) -> int:
    """The highest true id + 1, and two at least."""
    ids = [int(image.truth[image.truth != UNLABELLED].max(initial=0)) for image in images]
    return max(2, max(ids, default=1) + 1)


def _left_behind(labels: Labels, predicted: Labels | None) -> Labels:
    """The finished mask: what was painted, and the last prediction elsewhere."""
    if predicted is None:
        return labels
    return np.where(labels != UNLABELLED, labels, predicted)


class _Clock:
    """Sums the seconds spent inside it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._began
