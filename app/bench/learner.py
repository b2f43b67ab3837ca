"""`bench learner`: what learning from strokes gives, beside a forest and a network from scratch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

import torch
from tqdm import tqdm

from app.bench.forest import ForestStudent, has_forest
from app.bench.frame import CannotMeasure, Figure, Options
from app.bench.learner_record import Record, Row
from app.bench.packs import Pack, find_packs
from app.cli.terminal import complain
from app.cli.threads import leave_a_core
from segmodels import Learner
from segmodels.annotator import SimulatedAnnotator
from segmodels.models import build
from segmodels.simulation import (
    LearnerStudent,
    Lesson,
    Student,
    area_under_curve,
    count_classes,
    simulate,
)

FINAL_BUDGETS = {"cxr_lungs": 0.80, "wbc": 0.85, "nuclei_fluo": 0.82}
"""Mean IoU after the last painted image with the slow path, where a pack has a budget."""


@dataclass(frozen=True)
class Size:
    """How much is run. `seconds` of the slow path after each image."""

    painted: int = 5
    others: int = 8
    long_side: int = 384
    seconds: float = 20


QUICK = Size(painted=3, others=4, long_side=256, seconds=4)
QUICK_PACKS = ("nuclei_fluo", "wbc")
SEEDS = (0, 1, 2)
STUDYING = ("slow", "scratch")
"""Ways of learning that study between images."""

Makers = dict[str, Callable[[int, int], Student]]
"""A way of learning, by name: makes a student for a number of classes and a seed."""

Results = dict[str, dict[str, list[list[Lesson]]]]
"""Way of learning -> pack -> seed -> lessons."""


def measure(options: Options) -> Iterator[Figure]:
    """Sessions of all ways of learning on all packs, then the speed of the parts.

    With some of the ways only, just what they tell.
    """
    from app.bench.learner_speed import measure_speed

    leave_a_core()
    size = QUICK if options.quick else Size()
    packs = _chosen_packs(options)
    makers = _makers(size)
    if "forest" not in makers:
        complain("scikit-learn is not installed: the forest is left out (pip install .[dev]).")
    if unknown := set(options.ways) - set(makers):
        raise CannotMeasure(f"Not a way of learning here: {', '.join(sorted(unknown))}.")
    makers = {name: make for name, make in makers.items() if name in (options.ways or makers)}
    seeds = options.seeds or (SEEDS[:1] if options.quick else SEEDS)
    results = _run_sessions(packs, makers, size, seeds, Record(options.record, asdict(size)))
    yield from _areas(results)
    yield from _comparisons(results)
    yield from _scores(results)
    if not options.ways:
        yield from measure_speed(options)


def _chosen_packs(options: Options) -> list[Pack]:
    packs = find_packs(options.packs)
    if unknown := set(options.only) - {pack.name for pack in packs}:
        raise CannotMeasure(f"There is no pack of that name: {', '.join(sorted(unknown))}.")
    if options.only:
        return [pack for pack in packs if pack.name in options.only]
    if options.quick:
        return [pack for pack in packs if pack.name in QUICK_PACKS] or packs[:2]
    return packs


def _makers(size: Size) -> Makers:
    from app.bench.scratch import ScratchStudent

    makers: Makers = {
        "fast": lambda classes, seed: LearnerStudent(Learner(classes=classes, seed=seed)),
        "untrained": _untrained,
        "slow": lambda classes, seed: LearnerStudent(Learner(classes=classes, seed=seed)),
        "scratch": lambda classes, seed: ScratchStudent(
            classes=classes, seconds=size.seconds, seed=seed
        ),
    }
    if has_forest():
        makers["forest"] = lambda classes, seed: ForestStudent(seed=seed)
    return makers


def _untrained(classes: int, seed: int) -> Student:
    """The fast path on a starter network with random weights."""
    learner = Learner(classes=classes, seed=seed)
    torch.manual_seed(seed)
    learner.source = learner.source_of(build("starter"))
    return LearnerStudent(learner)


def _run_sessions(
    packs: list[Pack], makers: Makers, size: Size, seeds: Sequence[int], record: Record
) -> Results:
    """All sessions, way after way; those of the record are not run again."""
    rows = [Row(way, pack.name, seed) for way in makers for pack in packs for seed in seeds]
    by_name = {pack.name: pack for pack in packs}
    for row in tqdm(rows, desc="Sessions", disable=None, leave=False):
        if row not in record:
            record.put(row, _session(row, by_name[row.pack], makers[row.way], size))
    results: Results = {name: {pack.name: [] for pack in packs} for name in makers}
    for row in rows:
        results[row.way][row.pack].append(record.get(row) or [])
    return results


def _session(row: Row, pack: Pack, make: Callable[[int, int], Student], size: Size) -> list[Lesson]:
    painted, others = pack.draw(
        painted=size.painted, others=size.others, seed=row.seed, long_side=size.long_side
    )
    student = make(count_classes([*painted, *others]), row.seed)
    seconds = size.seconds if row.way in STUDYING else 0
    annotator = SimulatedAnnotator(seed=row.seed)
    return list(simulate(student, painted, others, annotator, seconds=seconds))


def _areas(results: Results) -> Iterator[Figure]:
    for name, packs in results.items():
        for pack, sessions in packs.items():
            yield Figure(f"AUC {name}, {pack}", _area(sessions), "mIoU")


def _comparisons(results: Results) -> Iterator[Figure]:
    if results.keys() >= {"fast", "forest"}:
        gains = _gains(results, "fast", "forest")
        yield Figure("fast - forest, mean over packs", fmean(gains), "AUC", 0.10, is_floor=True)
        yield Figure("fast - forest, worst pack", min(gains), "AUC", -0.02, is_floor=True)
        yield Figure(
            "fast computing over forest computing",
            _computing(results["fast"]) / _computing(results["forest"]),
            "",
            1 / 20,
        )
    if results.keys() >= {"fast", "slow"}:
        gains = _gains(results, "slow", "fast")
        yield Figure(
            "fast + slow - fast, mean over packs", fmean(gains), "AUC", 0.06, is_floor=True
        )
        yield Figure("fast + slow - fast, worst pack", min(gains), "AUC", 0.0, is_floor=True)
    for title, name, other, floor in (
        ("fast + slow", "slow", "scratch", 0.15),
        ("starter", "fast", "untrained", 0.06),
    ):
        if results.keys() >= {name, other}:
            gain = fmean(_gains(results, name, other))
            yield Figure(f"{title} - {other}, mean over packs", gain, "AUC", floor, is_floor=True)


def _scores(results: Results) -> Iterator[Figure]:
    best = results.get("slow") or results.get("fast") or {}
    for pack, sessions in best.items():
        final = fmean(lessons[-1].others for lessons in sessions)
        budget = FINAL_BUDGETS.get(pack) if "slow" in results else None
        yield Figure(f"mean IoU at the end, {pack}", final, "mIoU", budget, is_floor=True)
    gaps = [_gaps(lessons) for sessions in best.values() for lessons in sessions]
    if any(gaps):
        shown = fmean(abs(fmean(own)) for own in gaps if own)
        of_images = fmean(abs(gap) for own in gaps for gap in own)
        title = "honest score - true mean IoU of the same images, absolute, mean"
        yield Figure(f"{title} over sessions", shown, "mIoU", 0.03)
        yield Figure(f"{title} over single images", of_images, "mIoU")


def _gaps(lessons: list[Lesson]) -> list[float]:
    """By how much the honest score of each image of a session is higher than the true one."""
    return [
        lesson.honest - lesson.prequential
        for lesson in lessons
        if lesson.honest is not None and lesson.prequential is not None
    ]


def _area(sessions: list[list[Lesson]]) -> float:
    return fmean(area_under_curve(lessons) for lessons in sessions)


def _gains(results: Results, better: str, worse: str) -> list[float]:
    packs = results[better]
    return [_area(packs[pack]) - _area(results[worse][pack]) for pack in packs]


def _computing(packs: dict[str, list[list[Lesson]]]) -> float:
    return sum(lessons[-1].compute_seconds for sessions in packs.values() for lessons in sessions)
