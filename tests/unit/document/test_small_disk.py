"""A real disk of two megabytes that fills up: nothing is lost, and the last good files stay."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.bench.faults_disk import fill
from app.bench.faults_disk import small_disk as mounted_small_disk
from app.bench.frame import CannotMeasure
from app.document.backup import backup
from app.document.edit import EditRecorder
from app.document.export import export
from app.document.files import read_label_png, write_label_png
from app.document.project import Project
from app.document.save_trouble import reason_of
from tests.unit.document.conftest import SIZE, write_image

Open = Callable[..., Project]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs; skipped where this user may not mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    with contextlib.ExitStack() as mounted:
        try:
            mounted.enter_context(mounted_small_disk(place))
        except CannotMeasure as reason:
            pytest.skip(str(reason))
        yield place


def _paint(project: Project, image_id: int, labels: np.ndarray, seed: int) -> None:
    recorder = EditRecorder(labels)
    recorder.touch(0, 0, SIZE[1], SIZE[0])
    labels[:] = np.random.default_rng(seed).integers(0, 3, SIZE, dtype=np.uint8)
    edit = recorder.commit("Noise")
    assert edit is not None
    project.commit_edit(image_id, edit)
    project.checkpoint(image_id, labels.copy())


def test_a_disk_that_fills_up_while_painting_loses_nothing(
    small_disk: Path, open_project: Open
) -> None:
    folder = small_disk / "pictures"
    write_image(folder / "a.png")
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    labels = project.load_layers(image_id, SIZE)[0].labels
    _paint(project, image_id, labels, 0)
    assert project.flush()
    good = labels.copy()
    ballast = fill(small_disk)
    for seed in range(1, 20):
        _paint(project, image_id, labels, seed)
    assert not project.flush()
    assert reason_of(project.saving_failure) == "The disk is full"
    assert project.unsaved_images == 1
    np.testing.assert_array_equal(read_label_png(project.label_path(image_id))[0], good)
    ballast.unlink()
    while not project.flush(10):
        pass
    assert project.close()
    again = open_project(folder)
    layers, history = again.load_layers(image_id, SIZE)
    np.testing.assert_array_equal(layers.labels, labels)
    assert len(history) == 20


def test_exports_and_backups_on_a_full_disk_keep_the_last_ones(
    small_disk: Path, folder: Path, open_project: Open
) -> None:
    project = open_project(folder)
    image_id = project.item_by_name("a.png").id
    labels = project.load_layers(image_id, SIZE)[0].labels
    _paint(project, image_id, labels, 0)
    assert project.flush()
    out, archive = small_disk / "masks", small_disk / "work.zip"
    list(export(project, "ids", out))
    list(backup(project, archive))
    before = {path: path.read_bytes() for path in [archive, *out.rglob("*.png")]}
    _paint(project, image_id, labels, 1)
    assert project.flush()
    fill(small_disk)
    with pytest.raises((OSError, ValueError), match=r"(?i)space|full"):
        list(export(project, "ids", out, overwrite=True))
    with pytest.raises((OSError, ValueError), match=r"(?i)space|full"):
        list(backup(project, archive))
    assert {path: path.read_bytes() for path in [archive, *out.rglob("*.png")]} == before
    assert sorted(path.name for path in small_disk.iterdir()) == ["ballast", "masks", "work.zip"]


def test_a_label_file_that_finds_no_room_leaves_the_last_one(small_disk: Path) -> None:
    path = small_disk / "a.png"
    good = np.random.default_rng(0).integers(0, 3, SIZE, dtype=np.uint8)
    write_label_png(path, good)
    fill(small_disk)
    with pytest.raises(OSError, match="No space left"):
        write_label_png(path, np.random.default_rng(1).integers(0, 250, SIZE, dtype=np.uint8))
    np.testing.assert_array_equal(read_label_png(path)[0], good)
    assert sorted(found.name for found in small_disk.iterdir()) == ["a.png", "ballast"]
