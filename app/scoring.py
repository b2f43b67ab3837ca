"""The honest score: the prediction made before an image's corrections, against the finished labels.

Prequential evaluation (Dawid 1984: "test, then train"): each image is predicted before anything of
it was learned, so the scores need no extra labels and no pixel of them was trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document.files import label_file_name, read_label_png, write_label_png
from app.document.project import Project

_VERSION = "version"


@dataclass(frozen=True)
class Score:
    """The honest score of one image.

    `mean_iou` is 0..1, over the classes that are in the finished labels or in the prediction;
    `version` is the model that had predicted.
    """

    image_name: str
    version: str
    mean_iou: float


def keep_baseline(
    project: Project, image_name: str, prediction: NDArray[np.uint8], version: str
) -> None:
    """Set aside the (H, W) uint8 prediction that stood before the first correction.

    One that is there stays: it is the one from before. Writes a file: not for the GUI thread.
    """
    path = _baseline_path(project, image_name)
    if not path.exists():
        write_label_png(path, prediction, {_VERSION: version})


def measure_score(
    project: Project, image_name: str, labels: NDArray[np.uint8], classes: int
) -> Score | None:
    """Score the set-aside prediction of an image against its finished (H, W) uint8 labels.

    None when there is none: the image was never predicted by a model before it was painted.
    """
    from segmodels.metrics import Scores, confusion_matrix

    try:
        baseline, text = read_label_png(_baseline_path(project, image_name))
    except OSError:
        return None
    if baseline.shape != labels.shape:
        return None
    scores = Scores(confusion_matrix(labels, baseline, classes=classes))
    return Score(image_name, text.get(_VERSION, ""), float(scores.mean_iou))


def _baseline_path(project: Project, image_name: str) -> Path:
    return project.data_folder / "before" / label_file_name(image_name)
