"""`simulate`: a simulated person paints finished images, to see how a model learns from it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from app.cli.download_bar import shown_download
from app.cli.model_choice import add_model_arguments, weights_for, weights_said
from app.cli.terminal import CommandError, progress_bar
from app.cli.threads import leave_a_core
from app.cli.truth import TruthFolder, finished_names, load_finished
from app.document.files import write_aside

if TYPE_CHECKING:
    from segmodels.simulation import Lesson


_NUMBERS: tuple[tuple[str, type, float, str], ...] = (
    ("images", int, 5, "images to paint"),
    ("others", int, 8, "images to score on, never painted"),
    ("seconds", float, 0, "fine-tuning after each image"),
    ("seeds", int, 1, "how often to repeat with other images"),
    ("long-side", int, 0, "shrink larger images to that many pixels, 0 = do not"),
    ("shake", float, 0, "pixels by which the hand shakes"),
    ("wrong", float, 0, "share of strokes in a wrong class"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The images, the truth, the model, and how much of it."""
    parser.add_argument("folder", type=Path, help="a folder of images; nothing is written to it")
    parser.add_argument("--truth", type=Path, required=True, metavar="DIR", help="grey id PNGs")
    add_model_arguments(parser, "e.g. unet:resnet18 (default starter)", "starter")
    for name, kind, default, text in _NUMBERS:
        parser.add_argument(
            f"--{name}", type=kind, default=default, metavar="N", help=f"{text} ({default})"
        )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the curves there")


def run(options: argparse.Namespace) -> int:
    """Print a line an image: strokes, seconds of the person and the machine, scores."""
    if min(options.images, options.others, options.seeds) < 1:
        raise CommandError("--images, --others and --seeds are at least 1.")
    from segmodels.simulation import area_under_curve

    leave_a_core()
    truth = TruthFolder(options.truth)
    names = finished_names(options.folder, truth)
    if len(names) < 2:
        raise CommandError("A simulation needs two images with true masks: one stays unpainted.")
    weights = weights_for(options.model, options.weights)
    said = f"{options.model} ({weights_said(options.model, weights)})"
    print(f"model: {said}")
    runs: list[dict[str, Any]] = []
    for seed in range(options.seeds):
        lessons = simulate_seed(options, weights, truth, names, seed)
        runs.append(
            {
                "seed": seed,
                "auc": area_under_curve(lessons),
                "final": lessons[-1].others,
                "lessons": [asdict(lesson) for lesson in lessons],
            }
        )
    result: dict[str, Any] = {
        "model": options.model,
        "weights": weights_said(options.model, weights),
        "seconds": options.seconds,
        "auc": fmean(run["auc"] for run in runs),
        "final": fmean(run["final"] for run in runs),
        "runs": runs,
    }
    print(
        f"{said}: area under the curve {result['auc']:.3f}, at the end "
        f"{result['final']:.3f} mean IoU on images never painted ({options.seeds} seeds)"
    )
    if options.json is not None:
        write_aside(options.json, json.dumps(result, indent=1, ensure_ascii=False).encode())
    return 0


def simulate_seed(
    options: argparse.Namespace,
    weights: str | None,
    truth: TruthFolder,
    names: list[str],
    seed: int,
) -> list[Lesson]:
    """One session on its own choice of images; prints as it goes."""
    import segmodels
    from segmodels.annotator import AnnotatorSettings, SimulatedAnnotator
    from segmodels.simulation import LearnerStudent, count_classes, mean_iou, simulate

    order = np.random.default_rng(seed).permutation(len(names))
    count = min(options.images, len(names) - 1)
    chosen = [names[k] for k in order[: count + options.others]]
    images = [
        load_finished(options.folder, truth, name, long_side=options.long_side) for name in chosen
    ]
    classes = count_classes(images)
    with shown_download(f"Fetching {options.model}") as download:
        learner = segmodels.Learner(
            classes=classes, model=options.model, weights=weights, seed=seed, download=download
        )
    settings = AnnotatorSettings(shake=options.shake, wrong_class=options.wrong)
    annotator = SimulatedAnnotator(seed=seed, settings=settings)
    session = simulate(
        LearnerStudent(learner), images[:count], images[count:], annotator, seconds=options.seconds
    )
    lessons = []
    suggested = mean_iou([(i.truth, segmodels.suggest(i.image).labels) for i in images[count:]])
    print(f"seed {seed}: strokes  user s  computing s  before  others")
    print(f"{0:15} {0:7} {0:12}       -  {suggested:6.3f}  (suggestions)")
    with progress_bar("Simulating", total=count, unit="image") as bar:
        for lesson in session:
            lessons.append(lesson)
            bar.update()
            before = "     -" if lesson.prequential is None else f"{lesson.prequential:6.3f}"
            bar.write(
                f"{lesson.strokes:15} {lesson.user_seconds:7.0f} {lesson.compute_seconds:12.1f}  "
                f"{before}  {lesson.others:6.3f}  {lesson.image}"
            )
    return lessons
