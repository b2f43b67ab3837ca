"""Predictions on disk: what is written is read again, and parts of two are never mixed."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.project import Project

SIZE = (12, 15)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros(SIZE, np.uint8))
    return tmp_path


def opened(folder: Path) -> Project:
    project = Project.open(folder)
    list(project.rescan())
    return project


def save(project: Project, value: int, *, has_second: bool) -> None:
    labels = np.full(SIZE, value, np.uint8)
    project.save_prediction(
        project.item_by_name("a.png").id,
        labels,
        labels + 100,
        is_suggestion=False,
        version="v0001",
        runner_up=labels + 1 if has_second else None,
    )


def layers(project: Project):
    return project.load_layers(project.item_by_name("a.png").id, SIZE)[0]


@pytest.mark.parametrize("is_reopened", [False, True])
def test_classes_confidence_and_second_choice_are_there_again(folder, is_reopened) -> None:
    project = opened(folder)
    save(project, 3, has_second=True)
    if is_reopened:
        project.close()
        project = opened(folder)
    found = layers(project)
    assert (found.prediction == 3).all()
    assert (found.confidence == 103).all()
    assert (found.runner_up == 4).all()
    project.close()


def test_a_second_choice_left_by_an_older_prediction_is_not_shown(folder) -> None:
    project = opened(folder)
    save(project, 3, has_second=True)
    project.flush()
    save(project, 5, has_second=False)
    project.close()
    project = opened(folder)
    assert (layers(project).prediction == 5).all()
    assert layers(project).runner_up is None
    project.close()


def test_a_prediction_tells_which_version_made_it_waiting_or_written(folder: Path) -> None:
    project = opened(folder)
    image_id = project.item_by_name("a.png").id
    assert project.prediction_version(image_id) is None
    save(project, 1, has_second=False)
    assert project.prediction_version(image_id) == "v0001"
    project.close()
    project = opened(folder)
    assert project.prediction_version(image_id) == "v0001"
    project.close()
