"""Looking through a source first, choosing classes, and what then happens."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.edit import edit_between
from app.document.errors import LabelImportError
from app.document.export import ExportOptions, export
from app.document.files import write_label_png
from app.document.importing import Choices, LabelImport, NewClass, detect, effect
from app.document.project import Project
from tests.unit.document.conftest import SIZE, write_image

Open = Callable[..., Project]
MASK = np.random.default_rng(3).choice(np.array([0, 1, 5, 255], np.uint8), SIZE)
HEIGHT, WIDTH = SIZE


def labels_of(project: Project, name: str) -> np.ndarray:
    return project.load_layers(project.item_by_name(name).id, SIZE)[0].labels


def paint(project: Project, name: str, after: np.ndarray) -> None:
    edit = edit_between(labels_of(project, name), after, "Brush")
    assert edit is not None
    project.commit_edit(project.item_by_name(name).id, edit)


def name_classes(folder: Path, names: dict[int, str]) -> None:
    entries = [{"id": number, "name": name} for number, name in names.items()]
    (folder / "classes.json").write_text(json.dumps({"classes": entries}))


def look(project: Project, source: Path, format_name: str = "ids") -> tuple[LabelImport, dict]:
    label_import = LabelImport(project, source, format_name)
    return label_import, {one.name: one for one in label_import.survey()}


def test_a_survey_tells_what_each_choice_would_change_and_changes_nothing(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    before = np.where(np.arange(WIDTH) < 50, 1, 255).astype(np.uint8) * np.ones(SIZE, np.uint8)
    paint(project, "a.png", before)
    write_label_png(tmp_path / "m" / "a.png", MASK)
    write_label_png(tmp_path / "m" / "stranger.png", MASK)
    label_import, seen = look(project, tmp_path / "m")
    assert seen["stranger.png"].image_id is None
    for choices in (
        Choices(),
        Choices(keeps_labels=True),
        Choices({5: 1, 0: None}),
        Choices({1: NewClass("new")}),
        Choices({255: 0}),
    ):
        mapping = label_import.mapping(choices)
        told = effect(seen["a.png"], mapping.lookup(), choices)
        ids = mapping.mapped(MASK)
        is_taken = (ids != 255) & ((before == 255) | (not choices.keeps_labels))
        changed = is_taken & (ids != before)
        assert told.changed == np.count_nonzero(changed)
        assert told.replaced == np.count_nonzero(changed & (before != 255))
    np.testing.assert_array_equal(labels_of(project, "a.png"), before)
    assert len(project.classes) == 2


@pytest.mark.parametrize("keeps_labels", [False, True])
def test_what_was_told_is_what_is_done(
    folder: Path, open_project: Open, tmp_path: Path, keeps_labels: bool
) -> None:
    project = open_project(folder)
    before = np.where(MASK == 1, 0, 255).astype(np.uint8)
    paint(project, "a.png", before)
    write_label_png(tmp_path / "m" / "a.png", MASK)
    label_import, seen = look(project, tmp_path / "m")
    choices = Choices({5: NewClass("crack")}, keeps_labels=keeps_labels)
    told = effect(seen["a.png"], label_import.mapping(choices).lookup(), choices)
    (result,) = label_import.run(choices)
    assert result.pixels == told.changed
    crack = project.classes.by_name("crack")
    assert crack is not None
    expected = np.select([MASK == 5, MASK == 255], [crack.id, before.astype(int)], MASK.astype(int))
    if keeps_labels:
        expected = np.where(before != 255, before, expected)
    np.testing.assert_array_equal(labels_of(project, "a.png"), expected)


def test_classes_are_matched_by_name_before_number(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    project.set_classes(project.classes.with_added("Crack").with_added("hole"))
    write_label_png(tmp_path / "m" / "a.png", MASK)
    name_classes(tmp_path / "m", {0: "background", 1: "crack", 5: "object"})
    (result,) = LabelImport(project, tmp_path / "m", "ids").run(Choices())
    assert result.problem is None
    expected = np.select([MASK == 1, MASK == 5], [2, 1], MASK.astype(int))
    np.testing.assert_array_equal(labels_of(project, "a.png"), expected)
    assert len(project.classes) == 4


def test_in_an_untouched_project_the_source_gives_the_classes(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    write_label_png(tmp_path / "m" / "a.png", MASK)
    name_classes(tmp_path / "m", {0: "soil", 1: "leaf", 5: "root"})
    list(LabelImport(project, tmp_path / "m", "ids").run(Choices()))
    assert [(item.id, item.name) for item in project.classes] == [
        (0, "soil"),
        (1, "leaf"),
        (5, "root"),
    ]
    np.testing.assert_array_equal(labels_of(project, "a.png"), MASK)


def test_where_something_is_painted_the_classes_of_the_project_stay(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    paint(project, "b.jpg", np.ones(SIZE, np.uint8))
    write_label_png(tmp_path / "m" / "a.png", MASK)
    name_classes(tmp_path / "m", {0: "background", 1: "leaf"})
    list(LabelImport(project, tmp_path / "m", "ids").run(Choices()))
    names = {item.name: item.id for item in project.classes}
    assert names["object"] == 1
    assert (labels_of(project, "a.png")[MASK == 1] == names["leaf"]).all()
    assert names["leaf"] != 1


def test_the_first_object_class_of_yolo_is_not_the_background(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0 0 0.5 0 0.5 1 0 1\n1 0.5 0 1 0 1 1 0.5 1\n")
    (tmp_path / "data.yaml").write_text("names: [cell, nucleus]\n")
    list(LabelImport(project, tmp_path, "yolo").run(Choices()))
    names = {item.name: item.id for item in project.classes}
    assert names == {"background": 0, "cell": 1, "nucleus": 2}


def test_a_mask_of_another_size_is_only_resized_on_a_yes_and_then_by_nearest(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    small = MASK[::2, ::2].copy()
    write_label_png(tmp_path / "m" / "a.png", small)
    label_import, seen = look(project, tmp_path / "m")
    surveyed = seen["a.png"]
    assert surveyed.has_other_size
    assert surveyed.mask_size == (WIDTH // 2, HEIGHT // 2)
    lookup = label_import.mapping(Choices()).lookup()
    assert effect(surveyed, lookup, Choices()).changed == 0
    (result,) = label_import.run(Choices())
    assert "let them be resized" in (result.problem or "")
    assert project.labelled_images() == []
    (result,) = label_import.run(Choices(resizes=True))
    assert result.pixels == effect(surveyed, lookup, Choices(resizes=True)).changed
    expected = np.repeat(np.repeat(small, 2, 0), 2, 1)
    np.testing.assert_array_equal(labels_of(project, "a.png"), expected)


def test_a_second_file_for_one_image_is_left_out_and_named(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    write_label_png(tmp_path / "m" / "a.png", MASK)
    write_label_png(tmp_path / "m" / "old" / "a.png", np.zeros(SIZE, np.uint8))
    problems = [one.problem for one in LabelImport(project, tmp_path / "m", "ids").run(Choices())]
    assert problems[0] is None
    assert "same image" in (problems[1] or "")
    np.testing.assert_array_equal(labels_of(project, "a.png"), MASK)


def test_a_colour_without_a_class_waits_for_a_choice(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    rgb = np.zeros((*SIZE, 3), np.uint8)
    rgb[:10] = project.classes.by_id(1).colour
    rgb[10:30] = (1, 2, 3)
    (tmp_path / "m").mkdir()
    cv2.imwrite(str(tmp_path / "m" / "a.png"), rgb[:, :, ::-1])
    label_import, seen = look(project, tmp_path / "m", "colours")
    (stray,) = [item for item in label_import.classes if item.is_stray]
    assert stray.title == "#010203"
    (result,) = label_import.run(Choices())
    assert "(1, 2, 3)" in (result.problem or "")
    choices = Choices({stray.number: NewClass("rust")})
    assert effect(seen["a.png"], label_import.mapping(choices).lookup(), choices).changed == (
        30 * WIDTH
    )
    (result,) = label_import.run(choices)
    rust = project.classes.by_name("rust")
    assert rust is not None
    labels = labels_of(project, "a.png")
    assert (labels[10:30] == rust.id).all()
    assert (labels[30:] == 255).all()


def test_a_table_of_names_and_colours_is_heeded(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    rgb = np.full((*SIZE, 3), 128, np.uint8)
    rgb[:10] = (64, 0, 128)
    (tmp_path / "m").mkdir()
    cv2.imwrite(str(tmp_path / "m" / "a.png"), rgb[:, :, ::-1])
    (tmp_path / "m" / "class_dict.csv").write_text("name,r,g,b\nCar,64,0,128\nSky,128,128,128\n")
    assert detect(tmp_path / "m") == "colours"
    list(LabelImport(project, tmp_path / "m", "colours").run(Choices()))
    car, sky = project.classes.by_name("Car"), project.classes.by_name("Sky")
    assert car is not None
    assert sky is not None
    expected = np.where(np.arange(HEIGHT)[:, None] < 10, car.id, sky.id) * np.ones(SIZE, int)
    np.testing.assert_array_equal(labels_of(project, "a.png"), expected)


DETECTED = {
    "ids": "ids",
    "ids16": "ids",
    "voc": "ids",
    "tiff": "ids",
    "colours": "colours",
    "voc-dataset": "ids",
    "cvat": "colours",
    "cityscapes": "cityscapes",
    "mmseg": "ids",
    "huggingface": "ids",
    "coco": "coco",
    "yolo": "yolo",
    "labelme": "labelme",
    "npz": "npz",
}


@pytest.mark.parametrize("format_name", DETECTED)
def test_the_format_is_told_from_what_is_inside_even_beside_copies_of_the_images(
    folder: Path, open_project: Open, tmp_path: Path, format_name: str
) -> None:
    project = open_project(folder)
    for name in ("a.png", "b.jpg", "sub/c.png"):
        paint(project, name, np.where(MASK == 5, 1, MASK).astype(np.uint8))
    options = ExportOptions(with_background=True)
    list(export(project, format_name, tmp_path / "out", options=options))
    found = detect(tmp_path / "out")
    assert found == DETECTED[format_name]
    fresh = open_project(_copy(folder, tmp_path / "fresh"))
    results = list(LabelImport(fresh, tmp_path / "out", found).run(Choices()))
    assert [(len(results), one.problem) for one in results] == [(3, None)] * 3
    for name in ("a.png", "b.jpg", "sub/c.png"):
        np.testing.assert_array_equal(labels_of(fresh, name), labels_of(project, name))


def _copy(folder: Path, to: Path) -> Path:
    for name in ("a.png", "b.jpg", "sub/c.png"):
        write_image(to / name)
    return to


def test_a_folder_without_labels_is_of_no_format(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing here")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    assert detect(tmp_path) is None


def test_an_unknown_format_is_named(folder: Path, open_project: Open) -> None:
    with pytest.raises(LabelImportError, match="bmp"):
        LabelImport(open_project(folder), folder, "bmp")


def test_hostile_archives_are_refused_before_they_are_unpacked(
    folder: Path, open_project: Open, tmp_path: Path
) -> None:
    project = open_project(folder)
    (tmp_path / "m").mkdir()
    huge = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        huge, {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**6)}
    )
    pickled = io.BytesIO()
    np.lib.format.write_array(pickled, np.array([[{}]], object))
    members = {"a": huge.getvalue(), "b": pickled.getvalue(), "c": b"nothing"}
    for name, content in members.items():
        with zipfile.ZipFile(tmp_path / "m" / f"{name}.npz", "w") as archive:
            archive.writestr("labels.npy", content)
    problems = [one.problem for one in LabelImport(project, tmp_path / "m", "npz").run(Choices())]
    assert problems == [
        "a.npz holds no picture of class numbers.",
        "b.npz holds no picture of class numbers.",
        "c.npz is damaged or holds no labels.",
    ]
