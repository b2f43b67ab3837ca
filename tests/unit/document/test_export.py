from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from app.document.edit import edit_between
from app.document.errors import ExportError
from app.document.export import ExportExists, ExportOptions, export
from app.document.export.frame import Split
from app.document.importing import import_labels
from app.document.project import ImageState, Project
from tests.unit.document.conftest import SIZE, write_image

Open = Callable[..., Project]


def set_labels(project: Project, name: str, labels: np.ndarray) -> None:
    image_id = project.item_by_name(name).id
    layers, _ = project.load_layers(image_id, labels.shape)
    edit = edit_between(layers.labels, labels, "Brush")
    if edit is not None:
        project.commit_edit(image_id, edit)


def random_labels(seed: int = 0, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).choice(np.array([0, 1, 255], np.uint8), size)


@pytest.fixture
def labelled(folder: Path, open_project: Open) -> Project:
    project = open_project(folder)
    for seed, name in enumerate(("a.png", "b.jpg")):
        set_labels(project, name, random_labels(seed))
    prediction = np.ones(SIZE, np.uint8)
    for item in project.images.values():
        project.save_prediction(item.id, prediction, prediction, is_suggestion=False, version="v")
    return project


def test_ids_are_grey_pngs_with_the_composite(labelled: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    steps = list(export(labelled, "ids", out))
    assert [step.name for step in steps] == ["a.png", "b.jpg", "sub/c.png"]
    expected = np.where(random_labels() != 255, random_labels(), 1)
    read = cv2.imread(str(out / "a.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(read, expected)
    with Image.open(out / "a.png") as image:
        assert image.mode == "L"
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*.*")) == [
        ".maskloop-export",
        "a.png",
        "b.png",
        "classes.json",
        "sub/c.png",
    ]
    content = json.loads((out / "classes.json").read_text())
    assert content["unlabelled"] == 255
    assert [entry["name"] for entry in content["classes"]] == ["background", "object"]


def test_voc_has_the_palette_of_the_project(labelled: Project, tmp_path: Path) -> None:
    list(export(labelled, "voc", tmp_path / "out", which="labels_only"))
    with Image.open(tmp_path / "out" / "a.png") as image:
        assert image.mode == "P"
        np.testing.assert_array_equal(np.asarray(image), random_labels())
        colours = np.array(image.getpalette()).reshape(-1, 3)
    assert colours.shape == (256, 3)
    assert tuple(colours[1]) == labelled.classes.by_id(1).colour
    assert tuple(colours[255]) == (224, 224, 192)


def test_images_of_one_stem_keep_their_suffix(folder: Path, open_project: Open) -> None:
    write_image(folder / "a.jpg")
    project = open_project(folder)
    list(export(project, "ids", folder.parent / "out"))
    names = {path.name for path in (folder.parent / "out").iterdir()}
    assert {"a.png.png", "a.jpg.png", "b.png"} <= names


def test_which_chooses_images_and_pixels(labelled: Project, tmp_path: Path) -> None:
    labelled.set_state(labelled.item_by_name("b.jpg").id, ImageState.REVIEWED)
    steps = list(export(labelled, "ids", tmp_path / "reviewed", which="reviewed"))
    assert [step.name for step in steps] == ["b.jpg"]
    steps = list(export(labelled, "ids", tmp_path / "own", which="labels_only"))
    assert [step.name for step in steps] == ["a.png", "b.jpg"]
    read = cv2.imread(str(tmp_path / "own" / "a.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(read, random_labels())


def test_existing_files_are_only_replaced_when_told(labelled: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "sub").mkdir(parents=True)
    (out / "a.png").write_bytes(b"mine")
    (out / "sub" / "c.png").write_bytes(b"mine")
    with pytest.raises(ExportExists, match="2 files") as caught:
        next(export(labelled, "ids", out))
    assert caught.value.count == 2
    assert (out / "a.png").read_bytes() == b"mine"
    list(export(labelled, "ids", out, overwrite=True))
    assert (out / "a.png").read_bytes() != b"mine"


def test_a_stopped_export_leaves_the_folder_as_it_was(labelled: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    steps = export(labelled, "ids", out)
    next(steps)
    steps.close()
    assert list(out.iterdir()) == []


def test_an_image_that_cannot_be_read_is_named_and_the_others_go_on(
    labelled: Project, tmp_path: Path
) -> None:
    (labelled.folder / "b.jpg").write_bytes(b"broken")
    steps = list(export(labelled, "ids", tmp_path / "out"))
    assert [(step.name, bool(step.problem)) for step in steps] == [
        ("a.png", False),
        ("sub/c.png", False),
        ("b.jpg", True),
    ]
    assert not (tmp_path / "out" / "b.png").exists()


def test_an_unknown_format_is_named(labelled: Project, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="tiff3d"):
        next(export(labelled, "tiff3d", tmp_path / "out"))


@pytest.mark.parametrize("format_name", ["ids", "voc", "ids16"])
def test_masks_go_out_and_come_in_the_same(
    folder: Path, open_project: Open, tmp_path: Path, format_name: str
) -> None:
    project = open_project(folder)
    blocks = np.random.default_rng(0).permutation(1200).reshape(30, 40) % 254
    every_id = blocks.repeat(5, axis=0).repeat(5, axis=1)
    masks = {
        "a.png": every_id,
        "b.jpg": np.full(SIZE, 255),
        "sub/c.png": np.pad(np.full((1, 1), 7), ((3, SIZE[0] - 4), (5, SIZE[1] - 6))),
    }
    for name, mask in masks.items():
        set_labels(project, name, mask.astype(np.uint8))
    list(export(project, format_name, tmp_path / "out"))
    other = tmp_path / "other"
    for seed, name in enumerate(masks):
        write_image(other / name, seed=seed)
    fresh = open_project(other)
    results = list(import_labels(fresh, tmp_path / "out"))
    assert [(result.name, result.problem) for result in results] == [
        ("a.png", None),
        ("b.png", None),
        ("sub/c.png", None),
    ]
    for name, mask in masks.items():
        layers, history = fresh.load_layers(fresh.item_by_name(name).id, SIZE)
        np.testing.assert_array_equal(layers.labels, mask)
        assert history.undo_name == (None if name == "b.jpg" else "Import labels")
    assert len(fresh.classes) == 254


@pytest.mark.parametrize("overwrite", [False, True])
def test_images_are_never_written_over(labelled: Project, folder: Path, overwrite: bool) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    for target in (folder, folder / "maskloop" / ".."):
        with pytest.raises(ExportError, match="replace your images"):
            list(export(labelled, "ids", target, overwrite=overwrite))
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("inside", [".", "masks", "sub/deeper", "a/../masks"])
def test_masks_that_would_be_listed_as_images_are_refused(
    folder: Path, open_project: Open, inside: str
) -> None:
    (folder / "a.png").rename(folder / "a.jpeg")
    (folder / "sub" / "c.png").rename(folder / "sub" / "c.jpeg")
    project, before = open_project(folder), sorted(folder.rglob("*"))
    with pytest.raises(ExportError, match=r"listed as images.*pictures masks"):
        list(export(project, "ids", folder / inside, overwrite=True))
    assert sorted(path for path in folder.rglob("*") if "maskloop" not in path.parts) == [
        path for path in before if "maskloop" not in path.parts
    ]


def test_a_folder_that_holds_the_images_is_refused_where_masks_would_lie_among_them(
    tmp_path: Path, open_project: Open
) -> None:
    write_image(tmp_path / "images" / "train" / "x.jpg")
    project = open_project(tmp_path / "images" / "train")
    with pytest.raises(ExportError, match="replace your images"):
        list(export(project, "yolo", tmp_path, options=ExportOptions(split=Split(0.0))))
    with pytest.raises(ExportError, match="listed as images"):
        list(export(project, "ids", tmp_path / "images" / "train"))


def test_what_is_no_picture_or_hidden_may_lie_among_the_images(
    folder: Path, open_project: Open
) -> None:
    project = open_project(folder)
    list(export(project, "labelme", folder, options=ExportOptions(with_images=False)))
    list(export(project, "ids", folder / ".masks"))
    assert (folder / "a.json").is_file()
    for _ in project.rescan():
        pass
    assert len(project.images) == 3


def test_nothing_is_exported_into_what_the_project_keeps(labelled: Project) -> None:
    with pytest.raises(ExportError, match="where the project is kept"):
        list(export(labelled, "ids", labelled.data_folder / "labels", overwrite=True))


def test_an_export_of_nothing_says_so_and_makes_no_folder(labelled: Project, tmp_path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ExportError, match="no image is reviewed"):
        list(export(labelled, "ids", out, which="reviewed"))
    assert not out.exists()
