from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from app.document.errors import LabelImportError
from app.document.files import write_label_png
from app.document.importing import import_labels
from app.document.project import Project
from tests.unit.document.conftest import SIZE, write_image

Open = Callable[..., Project]
MASK = np.random.default_rng(3).choice(np.array([0, 1, 5, 255], np.uint8), SIZE)


def labels_of(project: Project, name: str) -> np.ndarray:
    return project.load_layers(project.item_by_name(name).id, SIZE)[0].labels


def test_missing_classes_are_added_with_their_names(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    masks = tmp_path / "masks"
    write_label_png(masks / "a.png", np.where(MASK == 0, 9, MASK).astype(np.uint8))
    entry = {"id": 5, "name": "crack", "colour": [1, 2, 3]}
    (masks / "classes.json").write_text(json.dumps({"classes": [entry]}))
    list(import_labels(project, masks))
    assert [(item.id, item.name) for item in project.classes] == [
        (0, "background"),
        (1, "object"),
        (5, "crack"),
        (9, "class 9"),
    ]
    assert project.classes.by_id(5).colour == (1, 2, 3)


def test_unlabelled_pixels_of_a_mask_leave_labels_alone(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    write_label_png(tmp_path / "one" / "a.png", np.zeros(SIZE, np.uint8))
    write_label_png(tmp_path / "two" / "a.png", MASK)
    list(import_labels(project, tmp_path / "one"))
    list(import_labels(project, tmp_path / "two"))
    np.testing.assert_array_equal(labels_of(project, "a.png"), np.where(MASK == 255, 0, MASK))


def test_bad_masks_are_named_and_the_others_go_on(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    write_label_png(tmp_path / "m" / "a.png", np.zeros((5, 5), np.uint8))
    (tmp_path / "m" / "b.png").write_bytes(b"broken")
    write_label_png(tmp_path / "m" / "sub" / "c.png", MASK)
    write_label_png(tmp_path / "m" / "stranger.png", MASK)
    results = {result.name: result for result in import_labels(project, tmp_path / "m")}
    assert set(results) == {"a.png", "b.png", "sub/c.png"}
    assert "5 x 5" in (results["a.png"].problem or "")
    assert "b.png" in (results["b.png"].problem or "")
    assert results["sub/c.png"].problem is None
    np.testing.assert_array_equal(labels_of(project, "sub/c.png"), MASK)


def test_a_mask_that_fits_two_images_asks_which(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    write_image(folder / "a.jpg")
    project = open_project(folder)
    write_label_png(tmp_path / "m" / "a.png", MASK)
    write_label_png(tmp_path / "m" / "a.jpg.png", MASK)
    results = {result.name: result for result in import_labels(project, tmp_path / "m")}
    assert "a.jpg" in (results["a.png"].problem or "")
    assert results["a.jpg.png"].problem is None


def test_flat_masks_find_images_in_subfolders(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    write_label_png(tmp_path / "m" / "c.png", MASK)
    list(import_labels(project, tmp_path / "m"))
    np.testing.assert_array_equal(labels_of(project, "sub/c.png"), MASK)


@pytest.mark.parametrize("kind", ["palette", "tif", "16 bit", "grey rgb", "one bit"])
def test_ids_are_read_from_many_kinds_of_files(
    folder: Path, open_project: Open, tmp_path: Path, kind: str
) -> None:
    project = open_project(folder)
    (tmp_path / "m").mkdir()
    expected = MASK
    path = tmp_path / "m" / "a.png"
    if kind == "palette":
        image = Image.fromarray(MASK)
        image.putpalette(list(range(255, -1, -1)) * 3)
        image.save(path)
    elif kind == "tif":
        tifffile.imwrite(path.with_suffix(".tif"), MASK, compression="zlib")
    elif kind == "16 bit":
        wide = MASK.astype(np.uint16)
        Image.fromarray(np.where(wide == 255, 65535, wide).astype(np.uint16)).save(path)
    elif kind == "grey rgb":
        Image.fromarray(np.dstack([MASK] * 3)).save(path)
    else:
        expected = (MASK == 1).astype(np.uint8)
        Image.fromarray(expected.astype(bool)).save(path)
    results = list(import_labels(project, tmp_path / "m"))
    assert [result.problem for result in results] == [None]
    np.testing.assert_array_equal(labels_of(project, "a.png"), expected)


def test_ids_out_of_range_and_colour_pictures_are_refused(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    write_label_png(tmp_path / "m" / "a.png", np.full(SIZE, 254, np.uint8))
    write_image(tmp_path / "m" / "b.png")
    problems = [result.problem or "" for result in import_labels(project, tmp_path / "m")]
    assert "254" in problems[0]
    assert "colour picture" in problems[1]
    assert project.labelled_images() == []


def test_a_dry_run_counts_and_changes_nothing(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    write_label_png(tmp_path / "m" / "a.png", MASK)
    (result,) = import_labels(project, tmp_path / "m", is_dry_run=True)
    assert result.pixels == np.count_nonzero(MASK != 255)
    assert project.labelled_images() == []
    assert len(project.classes) == 2


def test_a_mapping_turns_ids_and_leaves_some_out(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    write_label_png(tmp_path / "m" / "a.png", MASK)
    list(import_labels(project, tmp_path / "m", mapping={5: 0, 0: 255}))
    expected = np.select([MASK == 5, MASK == 0], [0, 255], MASK.astype(int))
    np.testing.assert_array_equal(labels_of(project, "a.png"), expected)


def test_a_missing_folder_is_named(folder: Path, open_project: Open) -> None:
    with pytest.raises(LabelImportError, match="nowhere"):
        next(import_labels(open_project(folder), folder / "nowhere"))
