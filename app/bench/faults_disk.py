"""What a real disk of two megabytes that fills up costs, for `bench faults`."""

from __future__ import annotations

import contextlib
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from app.bench.faults_kills import found_state, is_whole, write_image
from app.bench.faults_painter import NAME, SIZE, state_of, stroke
from app.bench.frame import CannotMeasure, Figure
from app.document.files import read_label_png
from app.document.project import Project
from app.document.save_trouble import reason_of

_MEGABYTES = 2
_WEIGHTS = 100_000
"""Numbers in a model: some 0.4 MB."""
_FULL = "The disk is full"
_STROKES = 10
"""Failing ones between two openings: only closing folds SQLite's log into the database."""


def measure_small_disk(place: Path, wanted: int) -> Iterator[Figure]:
    """Paint, and publish models, on a disk that is full again and again; `place` is made.

    Where none may be mounted, the first figure says so and has no value.
    """
    place.mkdir(parents=True)
    try:
        with small_disk(place):
            faults, losses = _paint_on(place, wanted)
            refused, broken = _publish_on(place, wanted)
    except CannotMeasure as reason:
        yield Figure(f"faults of a real small disk: skipped ({reason})", math.nan, "")
        return
    yield Figure(f"faults of a real disk of {_MEGABYTES} MB", faults, "", wanted, is_floor=True)
    yield Figure("losses by them", losses, "", 0)
    yield Figure("models that found no room on it", refused, "", wanted, is_floor=True)
    yield Figure("of these half written, the last one gone, no sentence", broken, "", 0)


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """A tmpfs of two megabytes at `place`, an empty folder. Raises `CannotMeasure`."""
    if not sys.platform.startswith("linux"):
        raise CannotMeasure("only Linux has tmpfs")
    command = ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise CannotMeasure("there is no mount") from error
    if mounted.returncode:
        raise CannotMeasure("may not mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path, *, but: int = 0) -> Path:
    """The file that takes all room of a disk but so many bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass
    with ballast.open("rb+") as file:
        file.truncate(max(0, ballast.stat().st_size - but))
    return ballast


def _paint_on(disk: Path, wanted: int) -> tuple[int, int]:
    """How often saving found no room, and how often anything was not there afterwards."""
    folder = disk / "pictures"
    write_image(folder)
    random = np.random.default_rng(0)
    faults = losses = 0
    while faults < wanted:
        found = _fill_while_painting(disk, folder, random, min(_STROKES, wanted - faults))
        faults, losses = faults + found[0], losses + found[1]
    return faults, losses


def _fill_while_painting(
    disk: Path, folder: Path, random: np.random.Generator, strokes: int
) -> tuple[int, int]:
    project = Project.open(folder)
    list(project.rescan())
    image_id = project.item_by_name(NAME).id
    layers, history = project.load_layers(image_id, SIZE)
    path = project.label_path(image_id)
    faults = losses = 0
    project.flush()
    for _ in range(strokes):
        ballast = fill(disk)
        edit = stroke(layers.labels, random)
        if edit is not None:
            history.push(edit)
            project.commit_edit(image_id, edit)
        project.checkpoint(image_id, layers.labels.copy())
        if not project.flush():
            faults += 1
            losses += reason_of(project.saving_failure or OSError()) != _FULL
        losses += path.exists() and not is_whole(path)
        ballast.unlink()
        losses += not project.flush() and not project.flush()
        losses += not np.array_equal(read_label_png(path)[0], layers.labels)
    losses += not project.close()
    losses += found_state(folder) != state_of(layers.labels, history)
    return faults, losses


def _publish_on(disk: Path, wanted: int) -> tuple[int, int]:
    """How often a model found no room, and what was wrong then or afterwards.

    Each time there is other room: from none to nearly enough for the whole model.
    """
    import torch

    from app.engine.requests import Learn
    from app.engine.trouble import Trouble
    from segmodels.storage import read_model, write_model

    models = disk / "models"
    write_model(models / "v0001", {}, {"weight": torch.zeros(_WEIGHTS)})
    refused = broken = 0
    for number in range(wanted):
        ballast = fill(disk, but=4 * _WEIGHTS * number // wanted)
        # Every other time in the place of the last one.
        name = "v0001" if number % 2 else "v0002"
        try:
            write_model(models / name, {}, {"weight": torch.ones(_WEIGHTS)})
        except OSError as error:
            refused += 1
            broken += _FULL not in Trouble().failure(Learn(), error).sentence
        broken += [path.name for path in models.iterdir()] != ["v0001"]
        broken += bool(read_model(models / "v0001")[1]["weight"].any())
        ballast.unlink()
    return refused, broken
