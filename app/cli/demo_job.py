"""The whole job without a window: segment, paint by script, learn, segment again, export."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.cli.evaluate import print_scores, score
from app.cli.export import write_masks
from app.cli.overlay import before_and_after
from app.cli.terminal import progress
from app.cli.truth import TruthFolder
from app.cli.workbench import Workbench, open_project
from app.document.classes import DEFAULT
from app.document.edit import EditRecorder
from app.document.files import write_aside
from app.document.project import ImageItem, ImageState, Project
from app.engine.events import Predicted
from app.engine.requests import AnswerStroke
from app.sample import SAMPLE_CLASSES, write_samples
from segmodels.annotator import SimulatedAnnotator, Stroke

Labels = NDArray[np.uint8]

PAINTED = 4
SHOWN = 3


def do_the_job(folder: Path, *, seconds: float) -> int:
    """Replace `folder` by a fresh demonstration and print where everything is."""
    began = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    images, truth_folder = write_samples(folder)
    truth = TruthFolder(truth_folder)
    with open_project(images) as project:
        classes = DEFAULT.with_renamed(1, SAMPLE_CLASSES[1])
        for name in SAMPLE_CLASSES[2:]:
            classes = classes.with_added(name)
        project.set_classes(classes)
        items = list(project.images.values())
        painted, unseen = items[:PAINTED], items[PAINTED:]
        bench = Workbench(project)

        print(f"1. Segment {len(items)} images with nothing learned yet: a suggestion")
        bench.open_model()
        bench.predict_all()
        before, _ = score(project, unseen, truth)
        suggested = [_prediction(project, item) for item in unseen[:SHOWN]]

        print(f"2. Paint scripted strokes on {PAINTED} images; the model answers each round")
        annotator = SimulatedAnnotator(seed=1)
        count = sum(
            paint_image(bench, item, truth, annotator) for item in progress(painted, "Painting")
        )
        print(f"   {count} strokes")

        print(f"3. Learn for {seconds:.0f} seconds, and segment the folder again")
        bench.learn(seconds, say=lambda sentence: print(f"   {sentence}"))
        bench.keep_model()
        bench.predict_all()
        after, _ = score(project, unseen, truth)
        learned = [_prediction(project, item) for item in unseen[:SHOWN]]

        print("4. Export")
        write_masks(project, "ids", folder / "masks")
        rows = [
            (project.load_image(item.id), old, new)
            for item, old, new in zip(unseen, suggested, learned, strict=False)
        ]
        _write_picture(folder / "before_and_after.png", rows, classes.colour_table())
    scores = {"before": before, "after": after, "strokes": count}
    write_aside(folder / "scores.json", json.dumps(scores, indent=1).encode())
    print(f"\nOn the {len(unseen)} images that were never painted:")
    print_scores(after)
    print(
        f"mean IoU {before['mean']['iou']:.3f} before, {after['mean']['iou']:.3f} after learning\n"
        f"\nlabel PNGs        {folder / 'masks'}"
        f"\nbefore and after  {folder / 'before_and_after.png'}"
        f"\nscores            {folder / 'scores.json'}"
        f"\n\nDone in {time.perf_counter() - began:.0f} s."
    )
    return 0


def paint_image(
    bench: Workbench, item: ImageItem, truth: TruthFolder, annotator: SimulatedAnnotator
) -> int:
    """Paint as a person would: journalled strokes, an answer after each round. How many strokes."""
    project, ref = bench.project, bench.ref(item)
    size = project.load_image(item.id).shape[:2]
    layers, _ = project.load_layers(item.id, size)
    expected = truth.read(item.name, size)
    predicted = layers.prediction if bench.workshop.learner.can_predict else None
    count = 0
    for _ in range(annotator.settings.rounds):
        if predicted is None:
            strokes = annotator.first_strokes(expected)
        else:
            strokes = annotator.corrections(expected, predicted)
        if not strokes:
            break
        for stroke in strokes:
            paint_stroke(project, item, layers.labels, stroke)
        count += len(strokes)
        for event in bench.workshop.answer_stroke(AnswerStroke(ref, layers.labels.copy())):
            bench.hear(event)
            if isinstance(event, Predicted):
                predicted = event.labels
    project.checkpoint(item.id, layers.labels.copy())
    project.set_state(item.id, ImageState.REVIEWED)
    project.flush()
    return count


def paint_stroke(project: Project, item: ImageItem, labels: Labels, stroke: Stroke) -> None:
    """One stroke is one edit of the journal, as in the window."""
    recorder = EditRecorder(labels)
    recorder.touch(*stroke.bounds)
    stroke.draw(labels)
    edit = recorder.commit("Brush stroke")
    if edit is not None:
        project.commit_edit(item.id, edit)


def _prediction(project: Project, item: ImageItem) -> Labels:
    layers, _ = project.load_layers(item.id, project.load_image(item.id).shape[:2])
    if layers.prediction is None:
        raise RuntimeError(f"{item.name} was not predicted")
    return layers.prediction


def _write_picture(path: Path, rows: list[tuple[Labels, Labels, Labels]], colours: Labels) -> None:
    sheet = before_and_after(rows, colours, ("before: a suggestion", "after learning"))
    _, png = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    write_aside(path, png.tobytes())
