"""How large the journal is before and after its old rows go, for `bench faults`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.bench.frame import Figure
from app.document.compaction import UNDO_LIMIT, UndoLimit
from app.document.edit import EditRecorder
from app.document.project import Project

SIZE = (1024, 1024)
_BRUSH = 24
_UNLIMITED = UndoLimit(edits=10**9, bytes=10**15)

Labels = NDArray[np.uint8]


def measure_growth(
    folder: Path, images: int, strokes: int, limit: UndoLimit = UNDO_LIMIT
) -> Iterator[Figure]:
    """Paint `strokes` in each of `images` pictures; then open the project, which compacts it."""
    folder.mkdir(parents=True)
    for number in range(images):
        pixels = np.full((*SIZE, 3), 90 + number, np.uint8)
        (folder / f"{number}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    with_all = _paint(folder, strokes)
    database = folder / "maskloop" / "project.db"
    before = database.stat().st_size
    slow, _ = _opened(folder, _UNLIMITED)
    compacting, found = _opened(folder, limit)
    short, _ = _opened(folder, limit)
    after = database.stat().st_size
    lost = sum(not np.array_equal(labels, with_all[name]) for name, (labels, _) in found.items())
    steps = min(count for _, count in found.values())
    told = f"{images * strokes} strokes on {images} images"
    yield Figure(f"project.db after {told}", before / 1e6, "MB")
    yield Figure("project.db after the next opening", after / 1e6, "MB", before / 1e6)
    yield Figure("undo steps of each image then, at least", steps, "", limit.edits, True)
    yield Figure("images of which the journal alone gives other labels then", lost, "", 0)
    yield Figure("opening without dropping anything", slow * 1e3, "ms")
    yield Figure("opening that drops the old rows", compacting * 1e3, "ms")
    yield Figure("opening afterwards", short * 1e3, "ms")


def _paint(folder: Path, strokes: int) -> dict[str, Labels]:
    """The labels of each image by its name."""
    painted = {}
    random = np.random.default_rng(0)
    project = Project.open(folder)
    list(project.rescan())
    for item in project.images.values():
        layers, _ = project.load_layers(item.id, SIZE)
        for _ in range(strokes):
            _stroke(project, item.id, layers.labels, random)
        project.flush()
        painted[item.name] = layers.labels
    project.close()
    return painted


def _stroke(project: Project, image_id: int, labels: Labels, random: np.random.Generator) -> None:
    """One of a brush, some 100 to 300 pixels long."""
    start, step = random.integers(0, SIZE[0], 2), random.integers(-150, 151, 2)
    (x0, y0), (x1, y1) = (start.tolist(), (start + step).tolist())
    recorder = EditRecorder(labels)
    low, high = np.minimum(start, start + step) - _BRUSH, np.maximum(start, start + step) + _BRUSH
    recorder.touch(int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    cv2.line(labels, (x0, y0), (x1, y1), int(random.integers(0, 5)), _BRUSH)
    edit = recorder.commit("Brush")
    if edit is not None:
        project.commit_edit(image_id, edit)


def _opened(folder: Path, limit: UndoLimit) -> tuple[float, dict[str, tuple[Labels, int]]]:
    """Seconds of opening; what the journal alone gives of each image, and its undo steps."""
    began = time.perf_counter()
    project = Project.open(folder, undo_limit=limit)
    seconds = time.perf_counter() - began
    found = {}
    for item in project.images.values():
        _, history = project.load_layers(item.id, SIZE)
        found[item.name] = (project.replayed_labels(item.id, SIZE), len(history))
    project.close()
    return seconds, found
