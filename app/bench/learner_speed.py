"""The speed and memory of the learner's parts, beside the bare network."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np
import torch

from app.bench.frame import Figure, Options
from app.bench.scenes import scene, write_scenes
from app.document.images import load_image
from segmodels import Learner
from segmodels.annotator import UNLABELLED, SimulatedAnnotator, paint
from segmodels.features import ImageStatistics
from segmodels.head import solve_head

MEGAPIXEL = (1000, 1000)
LARGE = (1500, 2000)


def measure_speed(options: Options) -> Iterator[Figure]:
    """Answers to a stroke, the head solve, a folder, a step of fine-tuning."""
    repeats = 2 if options.quick else 7
    yield from _answers(repeats)
    yield _head_solve(repeats)
    yield from _folder(2 if options.quick else 12)
    yield from _fine_tuning(4 if options.quick else 20)


def _answers(repeats: int) -> Iterator[Figure]:
    image, truth = scene(*MEGAPIXEL)
    labels = np.full_like(truth, UNLABELLED)
    paint(labels, SimulatedAnnotator().first_strokes(truth))
    learner = Learner(classes=3)
    other = learner.settings

    def answer(key: str | None) -> None:
        learner.put_sample("a", image, labels)
        learner.solve_head()
        learner.predict(image, key=key)

    answer("a")
    cached = _median_seconds(lambda: answer("a"), repeats)

    def answer_anew() -> None:
        fresh = Learner(classes=3, settings=other)
        fresh.put_sample("a", image, labels)
        began.append(time.perf_counter())
        fresh.solve_head()
        fresh.predict(image, key="a")
        ended.append(time.perf_counter())

    began: list[float] = []
    ended: list[float] = []
    for _ in range(repeats):
        answer_anew()
    anew = median(end - begin for begin, end in zip(began, ended, strict=True))
    yield Figure("stroke end to new mask, 1 megapixel, features cached", cached, "s", 0.3)
    yield Figure("stroke end to new mask, 1 megapixel, features not cached", anew, "s", 1.0)


def _head_solve(repeats: int) -> Figure:
    """20,000 pixels of 12 classes, in as many features as the learner has."""
    generator = torch.Generator().manual_seed(0)
    channels = Learner(classes=2)._maker.channels
    labels = torch.randint(0, 12, (20_000,), generator=generator)
    middles = torch.randn((12, channels), generator=generator)
    rows = middles[labels] + torch.randn((20_000, channels), generator=generator)
    weights = torch.ones(20_000)
    seconds = _median_seconds(lambda: solve_head(rows, labels, weights, classes=12), repeats)
    return Figure("head solve, 20,000 labelled pixels, 12 classes", seconds, "s", 0.15)


def _folder(count: int) -> Iterator[Figure]:
    """Images a second from JPEG to mask, and the bare network on the same tiles."""
    learner = _taught_learner()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_scenes(Path(folder), LARGE, count=count, kind="jpg")
        began = time.perf_counter()
        for path in paths:
            learner.predict(load_image(path))
        ours = count / (time.perf_counter() - began)
        image = load_image(paths[0])
    maker = learner._maker
    if maker.model is None:
        return
    statistics = ImageStatistics.of(image)
    tiles = maker.tiles(*image.shape[:2])
    began = time.perf_counter()
    with torch.inference_mode():
        for tile in tiles:
            maker.learned(np.ascontiguousarray(image[tile.seen.slices]), statistics)
    bare = 1 / (time.perf_counter() - began)
    yield Figure("folder prediction, 2000 x 1500 JPEGs", ours, "image/s")
    yield Figure(
        "folder prediction over the bare network's forward", ours / bare, "", 0.8, is_floor=True
    )


def _fine_tuning(steps: int) -> Iterator[Figure]:
    learner = _taught_learner()
    reports = itertools.islice(learner.train(steps=steps + 2), steps + 2)
    times = [time.perf_counter() for _ in reports]
    if len(times) < 3:
        return
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    yield Figure("fine-tuning steps", 1 / median(gaps), "step/s")


def _taught_learner() -> Learner:
    image, truth = scene(*MEGAPIXEL)
    labels = np.full_like(truth, UNLABELLED)
    annotator = SimulatedAnnotator()
    paint(labels, annotator.first_strokes(truth))
    paint(labels, annotator.corrections(truth, np.zeros_like(truth)))
    learner = Learner(classes=3)
    learner.put_sample("a", image, labels)
    learner.solve_head()
    return learner


def _median_seconds(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)
