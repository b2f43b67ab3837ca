"""Many threads on one project: as the window, the engine and the background work do it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.document.edit import edit_between
from app.document.project import ImageState, Project
from tests.unit.document.conftest import SIZE, write_image

Open = Callable[..., Project]


def test_threads_do_not_disturb_each_other(folder: Path, open_project: Open) -> None:
    told: list[bool] = []
    project = open_project(folder, on_saved=told.append)
    failures: list[BaseException] = []
    final: dict[int, np.ndarray] = {}

    def paint(image_id: int) -> None:
        layers, history = project.load_layers(image_id, SIZE)
        random = np.random.default_rng(image_id)
        for step in range(25):
            after = layers.labels.copy()
            after[random.random(SIZE) < 0.1] = step % 5
            edit = edit_between(layers.labels, after, f"{step}")
            assert edit is not None
            history.push(edit)
            project.commit_edit(image_id, edit)
            layers.labels[:] = after
            if step % 7 == 0:
                project.checkpoint(image_id, after)
            found, found_history = project.load_layers(image_id, SIZE)
            np.testing.assert_array_equal(found.labels, after)
            assert len(found_history) == len(history)
        final[image_id] = layers.labels

    def predict() -> None:
        for step in range(40):
            for image_id in project.images:
                pixels = np.full(SIZE, step % 3, np.uint8)
                project.save_prediction(image_id, pixels, pixels, is_suggestion=False, version="v")
                layers, _ = project.load_layers(image_id, SIZE)
                assert layers.prediction is not None
                assert len(np.unique(layers.prediction)) == 1

    def look() -> None:
        for step in range(20):
            write_image(folder / f"new{step}.png", (20, 20), seed=step)
            for _ in project.rescan():
                pass
            for item in list(project.images.values()):
                assert isinstance(item.state, ImageState)
            project.set_setting("step", step)

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    works: list[Callable[[], None]] = [predict, look]
    works += [lambda image_id=image_id: paint(image_id) for image_id in list(project.images)]
    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert project.close()
    assert told[-1] is True
    assert all(first != second for first, second in itertools.pairwise(told))
    again = open_project(folder)
    assert len(again.images) == 23
    for image_id, labels in final.items():
        found, history = again.load_layers(image_id, SIZE)
        np.testing.assert_array_equal(found.labels, labels)
        assert len(history) == 25
