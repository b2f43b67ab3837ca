"""Masks of 0 and 255 alone, as most programs with one kind of object write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.classes import ClassTable
from app.document.export import export
from app.document.importing import Choices, LabelImport, effect, import_labels
from app.document.project import Project
from tests.unit.document.conftest import SIZE, write_image

Open = Callable[..., Project]
OBJECT = np.zeros(SIZE, np.uint8)
OBJECT[40:90, 60:120] = 255


def write(folder: Path, **masks: np.ndarray) -> Path:
    folder.mkdir(exist_ok=True)
    for stem, mask in masks.items():
        cv2.imwrite(str(folder / f"{stem}.png"), mask)
    return folder


def labels_of(project: Project, name: str) -> np.ndarray:
    return project.load_layers(project.item_by_name(name).id, SIZE)[0].labels


@pytest.mark.parametrize("is_surveyed", [False, True])
def test_255_becomes_the_first_class_that_is_not_the_background(
    folder: Path, open_project: Open, tmp_path: Path, is_surveyed: bool
) -> None:
    project = open_project(folder)
    source = write(tmp_path / "m", a=np.zeros(SIZE, np.uint8), b=OBJECT)
    label_import = LabelImport(project, source, "ids")
    if is_surveyed:
        seen = {one.name: one for one in label_import.survey()}
        lookup = label_import.mapping(Choices()).lookup()
        assert effect(seen["b.png"], lookup, Choices()).changed == OBJECT.size
        assert [item.title for item in label_import.classes] == ["class 0", "object"]
    list(label_import.run(Choices()))
    np.testing.assert_array_equal(labels_of(project, "b.jpg"), OBJECT == 255)
    assert [item.name for item in project.classes] == ["background", "object"]


def test_a_class_is_added_when_there_is_only_the_background(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    project.set_classes(ClassTable((project.classes.by_id(0),)))
    list(import_labels(project, write(tmp_path / "m", a=OBJECT)))
    assert [(item.id, item.name) for item in project.classes] == [(0, "background"), (1, "object")]
    np.testing.assert_array_equal(labels_of(project, "a.png"), OBJECT == 255)


def test_255_stays_of_no_class_where_any_mask_holds_another_number(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    other = np.where(OBJECT == 255, 1, 0)
    list(import_labels(project, write(tmp_path / "m", a=OBJECT, b=other)))
    np.testing.assert_array_equal(labels_of(project, "a.png"), OBJECT)


def test_255_stays_of_no_class_where_a_table_names_the_numbers(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    list(import_labels(project, write(tmp_path / "m", a=OBJECT), mapping={255: 255}))
    assert (labels_of(project, "a.png") != 1).all()
    list(export(project, "ids", tmp_path / "out", which="labels_only"))
    write_image(tmp_path / "other" / "a.png")
    other = open_project(tmp_path / "other")
    list(import_labels(other, tmp_path / "out"))
    np.testing.assert_array_equal(labels_of(other, "a.png"), OBJECT)


@pytest.mark.parametrize("format_name", ["ids", "colours"])
def test_a_jpeg_is_no_mask(
    folder: Path, open_project: Open, tmp_path: Path, format_name: str
) -> None:
    (tmp_path / "m").mkdir()
    pixels = OBJECT if format_name == "ids" else np.dstack([OBJECT, OBJECT, OBJECT // 2])
    cv2.imwrite(str(tmp_path / "m" / "a.jpg"), pixels)
    project = open_project(folder)
    (result,) = import_labels(project, tmp_path / "m", format_name=format_name)
    assert "JPEG changes" in (result.problem or "")
