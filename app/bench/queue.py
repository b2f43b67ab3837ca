"""`bench queue`: what painting the most useful image next gives, beside a random order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean, stdev

from tqdm import tqdm

from app.bench.frame import Figure, Options
from app.bench.packs import find_packs
from app.cli.threads import leave_a_core
from segmodels import Learner, suggest
from segmodels.annotator import SimulatedAnnotator
from segmodels.queue import Descriptor, describe, mean_doubt, order_by_use
from segmodels.simulation import (
    FinishedImage,
    LearnerStudent,
    area_under_curve,
    count_classes,
    simulate,
)

PAINTED = 5
POOL = 22
OTHERS = 8
LONG_SIDE = 192
SEEDS = 8
"""Two sessions on the same pack differ by 0.1: with less than this there is only noise."""
QUICK_PACKS = ("nuclei_fluo", "wbc")


def measure(options: Options) -> Iterator[Figure]:
    """AUC of the fast path, 5 of 22 images painted, by the queue and in a random order."""
    leave_a_core()
    packs = find_packs(options.packs)
    if options.quick:
        packs = [pack for pack in packs if pack.name in QUICK_PACKS] or packs[:2]
    seeds = range(1 if options.quick else SEEDS)
    gains: list[float] = []
    differences: list[float] = []
    with tqdm(total=2 * len(packs) * len(seeds), desc="Sessions", disable=None) as bar:
        for pack in packs:
            areas: dict[str, list[float]] = {"queue": [], "random": []}
            for seed in seeds:
                pool, others = pack.draw(
                    painted=POOL, others=OTHERS, seed=seed, long_side=LONG_SIDE
                )
                for name, values in areas.items():
                    values.append(area(pool, others, by_queue=name == "queue", seed=seed))
                    bar.update()
            for name, values in areas.items():
                yield Figure(f"AUC {name}, {pack.name}", fmean(values), "mIoU")
            pairs = zip(areas["queue"], areas["random"], strict=True)
            differences += (found := [queue - random for queue, random in pairs])
            gains.append(fmean(found))
    yield Figure("queue - random, mean over packs", fmean(gains), "AUC", 0.0, is_floor=True)
    if len(differences) > 1:
        error = stdev(differences) / len(differences) ** 0.5
        yield Figure("queue - random, standard error of the mean", error, "AUC")
    yield Figure("queue - random, worst pack", min(gains), "AUC")


def area(
    pool: Sequence[FinishedImage], others: Sequence[FinishedImage], *, by_queue: bool, seed: int
) -> float:
    """The area under the curve of one session. The pool is in random order."""
    student = LearnerStudent(Learner(classes=count_classes([*pool, *others]), seed=seed))
    painted = queued(pool, student) if by_queue else pool[:PAINTED]
    lessons = simulate(student, painted, others, SimulatedAnnotator(seed=seed))
    return area_under_curve(list(lessons))


def queued(pool: Sequence[FinishedImage], student: LearnerStudent) -> Iterator[FinishedImage]:
    """Each time the most useful of the pool, as the model sees it at that moment."""
    waiting = list(pool)
    painted: list[Descriptor] = []
    for _ in range(min(PAINTED, len(pool))):
        doubts = []
        for sample in waiting:
            learner = student.learner
            found = (
                learner.predict(sample.image, key=sample.name)
                if learner.can_predict
                else suggest(sample.image)
            )
            doubts.append(mean_doubt(found.labels, found.confidence))
        looks = [describe(sample.image) for sample in waiting]
        chosen = waiting.pop(order_by_use(doubts, looks, painted)[0])
        painted.append(describe(chosen.image))
        yield chosen
