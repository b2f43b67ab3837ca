"""Slices between two labelled ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.errors import DocumentError
from app.document.interpolation import blended, interpolate
from app.document.project import Project


def disc(radius: int, value: int = 1, *, ground: int = 255) -> np.ndarray:
    labels = np.full((101, 101), ground, np.uint8)
    if radius:
        cv2.circle(labels, (50, 50), radius, value, -1)
    return labels


def radius_of(labels: np.ndarray, value: int = 1) -> float:
    return float(np.sqrt((labels == value).sum() / np.pi))


def test_a_disc_grows_evenly_from_one_slice_to_the_other() -> None:
    radii = [radius_of(blended(disc(10), disc(30), share)) for share in (0.25, 0.5, 0.75)]
    assert radii == pytest.approx([15, 20, 25], abs=0.8)


def test_the_ends_are_the_slices_themselves() -> None:
    first, last = disc(12, ground=0), disc(25, 2, ground=0)
    assert np.array_equal(blended(first, last, 0.0), first)
    assert np.array_equal(blended(first, last, 1.0), last)


def test_what_is_in_one_slice_only_shrinks_away_from_it() -> None:
    near, far = (radius_of(blended(disc(20), disc(0), share)) for share in (0.2, 0.6))
    assert 10 < near < 20
    assert far == 0


def test_slices_labelled_all_over_give_a_slice_labelled_all_over() -> None:
    between = blended(disc(10, ground=0), disc(30, ground=0), 0.5)
    assert set(np.unique(between)) == {0, 1}


@pytest.fixture
def project(tmp_path: Path):
    for number in range(5):
        cv2.imwrite(str(tmp_path / f"slice {number}.png"), np.zeros((101, 101), np.uint8))
    project = Project.open(tmp_path)
    list(project.rescan())
    yield project
    project.close()


def label(project: Project, number: int, labels: np.ndarray) -> None:
    from app.document.edit import edit_between

    item = project.item_by_name(f"slice {number}.png")
    now = project.load_layers(item.id, labels.shape)[0].labels
    edit = edit_between(now, labels, "Brush stroke")
    assert edit is not None
    project.commit_edit(item.id, edit)
    project.checkpoint(item.id, labels)


def layers(project: Project, number: int):
    return project.load_layers(project.item_by_name(f"slice {number}.png").id, (101, 101))


def test_images_between_are_filled_as_edits_and_a_person_s_pixels_stay(project) -> None:
    label(project, 0, disc(10, ground=0))
    label(project, 4, disc(30, ground=0))
    own = np.full((101, 101), 255, np.uint8)
    own[48:53, 48:53] = 2
    label(project, 2, own)
    ids = list(project.images)
    told = list(interpolate(project, ids, "Interpolate", is_dry_run=True))
    assert [one.name for one in told] == ["slice 1.png", "slice 2.png", "slice 3.png"]
    assert (layers(project, 1)[0].labels == 255).all()
    assert list(interpolate(project, ids, "Interpolate")) == told
    filled, history = layers(project, 2)
    assert (filled.labels[48:53, 48:53] == 2).all()
    assert radius_of(filled.labels) == pytest.approx(np.sqrt(20**2 - 25 / np.pi), abs=0.8)
    assert history.undo_name == "Interpolate"
    assert radius_of(layers(project, 3)[0].labels) == pytest.approx(25, abs=0.8)


def test_an_image_of_another_size_between_is_told_and_left_as_it_is(project) -> None:
    cv2.imwrite(str(project.folder / "slice 2.png"), np.zeros((40, 60), np.uint8))
    list(project.rescan())
    label(project, 0, disc(10))
    label(project, 4, disc(30))
    told = list(interpolate(project, list(project.images), "Interpolate"))
    assert [one.problem is None for one in told] == [True, False, True]
    assert "another size" in (told[1].problem or "")


def test_ends_of_different_sizes_are_refused(project) -> None:
    cv2.imwrite(str(project.folder / "slice 4.png"), np.zeros((40, 60), np.uint8))
    list(project.rescan())
    label(project, 0, disc(10))
    with pytest.raises(DocumentError, match="same size"):
        list(interpolate(project, list(project.images), "Interpolate"))
