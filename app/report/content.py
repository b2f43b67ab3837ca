"""What is in a report, and the work of putting it together, image after image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.cli.terminal import known_errors
from app.document.classes import ClassTable
from app.document.files import write_aside
from app.report.pictures import as_jpeg, side_by_side
from app.score_summary import ScoreSummary

if TYPE_CHECKING:
    from segmodels.evaluation import Evaluation

SHOWN = 4
"""So many images of the best and of the worst."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Judged:
    """An image to judge. `masks()` gives truth and prediction, (H, W) uint8 ids; `image()` RGB.

    Both may raise OSError or DocumentError.
    """

    name: str
    masks: Callable[[], tuple[Pixels, Pixels]]
    image: Callable[[], Pixels]


@dataclass(frozen=True)
class Picture:
    """One image of the report: a JPEG of the image, what was predicted, the truth, mistakes."""

    name: str
    mean_iou: float
    jpeg: bytes


@dataclass(frozen=True)
class Report:
    """`scores` (name, mean IoU) of every image, the worst first; `about` says what was compared."""

    title: str
    about: str
    classes: ClassTable
    evaluation: Evaluation
    scores: Sequence[tuple[str, float]]
    summary: ScoreSummary
    points: Sequence[float]
    best: Sequence[Picture]
    worst: Sequence[Picture]
    problems: Sequence[str]


def report_steps(
    path: Path,
    judged: Sequence[Judged],
    *,
    title: str,
    about: str,
    classes: ClassTable,
    points: Sequence[float] = (),
    summary: ScoreSummary | None = None,
) -> Iterator[str | None]:
    """Judge all images and write the report to `path`; not for the GUI thread.

    Yields after each image: None, or a sentence about one that is left out. `points` are the
    honest scores in their order. Nothing is written when it is stopped before its end, or when no
    image could be judged: then it raises ValueError.
    """
    from app.report.page import page
    from segmodels.evaluation import Evaluation, evaluate_image

    found, problems = [], []
    for image in judged:
        problem = None
        try:
            found.append(evaluate_image(image.name, *image.masks()))
        except known_errors() as error:
            problem = f"{image.name}: {error}"
            problems.append(problem)
        yield problem
    evaluation = Evaluation(found)
    order = evaluation.worst_first()
    if not order:
        raise ValueError("There is no image to report on: none could be compared.")
    colours = classes.colour_table()
    sources = {image.name: image for image in judged}
    pictures = {}
    for one in [*order[:SHOWN], *order[-SHOWN:]]:
        if one.name not in pictures:
            source = sources[one.name]
            sheet = side_by_side(source.image(), *source.masks(), colours)
            pictures[one.name] = Picture(one.name, one.mean_iou, as_jpeg(sheet))
            yield None
    worst = order[: min(SHOWN, (len(order) + 1) // 2)]
    best = order[len(worst) :][-SHOWN:][::-1]
    report = Report(
        title=title,
        about=about,
        classes=classes,
        evaluation=evaluation,
        scores=[(one.name, one.mean_iou) for one in order],
        summary=summary or ScoreSummary(),
        points=points,
        best=[pictures[one.name] for one in best],
        worst=[pictures[one.name] for one in worst],
        problems=problems,
    )
    write_aside(path, page(report).encode())
