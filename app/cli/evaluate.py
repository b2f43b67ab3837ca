"""`evaluate`: the predictions that a project holds, scored against true masks."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.cli.staleness import staleness, versions_of
from app.cli.terminal import CommandError, complain, progress
from app.cli.truth import TruthFolder
from app.cli.workbench import Workbench, open_project
from app.document.files import write_aside
from app.document.project import ImageItem, Project
from app.model_link import AVERAGING

if TYPE_CHECKING:
    from segmodels.evaluation import Evaluation

MEASURES = ("iou", "dice", "precision", "recall", "f1", "boundary_f1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, the truth, and which masks of which images."""
    parser.add_argument("folder", type=Path, help="a folder of images")
    parser.add_argument("--truth", type=Path, required=True, metavar="DIR", help="grey id PNGs")
    parser.add_argument(
        "--of",
        choices=("predictions", "masks"),
        default="predictions",
        help="predictions: the model's pixels; masks: as exported, with the person's (default: "
        "predictions)",
    )
    parser.add_argument(
        "--unpainted", action="store_true", help="only images that no one has painted in"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="first predict these images by the model in use"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write a report there: one HTML file"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scores there")


def run(options: argparse.Namespace) -> int:
    """Print a table; 1 when an image with a true mask could not be scored."""
    truth = TruthFolder(options.truth)
    with open_project(options.folder, read_only=not options.fresh) as project:
        painted = set(project.labelled_images()) if options.unpainted else set()
        items = [item for item in project.images.values() if item.id not in painted]
        items = [item for item in items if truth.find(item.name) is not None]
        if not items:
            raise CommandError(f"No mask in {options.truth} fits an image of {options.folder}.")
        if options.fresh:
            predict_anew(project, items)
        versions = versions_of(project, items)
        result, failures = score(project, items, truth, of=options.of)
        result["predicted_by"] = dict(sorted(versions.items()))
        old = staleness(project, versions)
        if options.report is not None:
            write_report(project, items, truth, options)
    print_scores(result)
    if old is not None:
        complain(old)
    if options.json is not None:
        write_aside(options.json, json.dumps(result, indent=1, ensure_ascii=False).encode())
    return 1 if failures else 0


def predict_anew(project: Project, items: list[ImageItem]) -> None:
    """Predict these images by the model in use, in the way that the project is set to."""
    bench = Workbench(project)
    bench.open_model()
    bench.predict(items, str(project.setting(AVERAGING, "off")))


def score(
    project: Project, items: list[ImageItem], truth: TruthFolder, *, of: str = "predictions"
) -> tuple[dict[str, Any], int]:
    """Scores over all pixels of these images, as plain values, and how many could not be scored.

    Raises CommandError when none could.
    """
    from segmodels.evaluation import Evaluation, evaluate_image

    found = []
    for item in progress(items, "Evaluating"):
        try:
            predicted = _predicted(project, item, of)
            expected = truth.read(item.name, predicted.shape)
        except CommandError as error:
            complain(str(error))
            continue
        found.append(evaluate_image(item.name, expected, predicted))
    if not found:
        raise CommandError(f"Nothing was scored: first run predict on {project.folder}.")
    return _as_plain(project, Evaluation(found)), len(items) - len(found)


def write_report(
    project: Project, items: list[ImageItem], truth: TruthFolder, options: argparse.Namespace
) -> None:
    """Write the HTML report of these images."""
    from app.report import Judged, report_steps
    from app.reviewing import stored_scores
    from app.score_summary import summarise

    def judged(item: ImageItem) -> Judged:
        def masks() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
            predicted = _predicted(project, item, options.of)
            return truth.read(item.name, predicted.shape), predicted

        return Judged(item.name, masks, lambda: project.load_image(item.id))

    scores = stored_scores(project)
    steps = report_steps(
        options.report,
        [judged(item) for item in items],
        title=f"{project.folder.name}: how good the {options.of} are",
        about=f"The {options.of} of {project.folder}, compared with {truth.folder}.",
        classes=project.classes,
        points=[one.mean_iou for one in scores],
        summary=summarise(scores),
    )
    for _ in progress(steps, "Writing the report", total=len(items)):
        pass
    print(f"report in {options.report}")


def _predicted(project: Project, item: ImageItem, of: str) -> NDArray[np.uint8]:
    size = (item.height, item.width)
    if not all(size):
        size = project.load_image(item.id).shape[:2]
    layers, _ = project.load_layers(item.id, size)
    if of == "masks":
        return layers.composite()
    if layers.prediction is None:
        raise CommandError(f"{item.name} has no prediction: first run predict.")
    return layers.prediction


def _as_plain(project: Project, evaluation: Evaluation) -> dict[str, Any]:
    from segmodels.metrics import Scores

    scores = Scores(evaluation.confusion)
    values = {name: getattr(scores, name) for name in MEASURES[:-1]}
    values["boundary_f1"] = evaluation.boundary
    names = {item.id: item.name for item in project.classes}
    return {
        "images": len(evaluation.images),
        "pixel_accuracy": scores.pixel_accuracy,
        "mean": {name: scores.mean(values[name]) for name in MEASURES},
        "classes": [
            {
                "id": int(class_id),
                "name": names.get(int(class_id), f"class {class_id}"),
                **{name: float(np.nan_to_num(values[name][class_id])) for name in MEASURES},
            }
            for class_id in np.flatnonzero(scores.classes_present)
        ],
    }


def print_scores(result: dict[str, Any]) -> None:
    """A table on stdout: a row a class, then the mean."""
    rows = [*result["classes"], {"name": "mean", **result["mean"]}]
    width = max(len(row["name"]) for row in rows)
    print(f"{'class':{width}}  " + "  ".join(f"{name:>11}" for name in MEASURES))
    for row in rows:
        print(f"{row['name']:{width}}  " + "  ".join(f"{row[name]:11.3f}" for name in MEASURES))
    print(f"pixel accuracy {result['pixel_accuracy']:.3f} over {result['images']} images")
