"""What goes out in a format comes in the same; and files of others, and damaged ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.document.edit import edit_between
from app.document.export import ExportOptions, export
from app.document.export.frame import Split
from app.document.importing import IMPORTERS, import_labels
from app.document.project import Project
from tests.unit.document.conftest import write_image

Open = Callable[..., Project]
SIZE = (40, 50)
NAMES = ("a.png", "b.jpg", "sub/c.png")


def truths() -> dict[str, np.ndarray]:
    ids = np.random.default_rng(0).permutation(500).reshape(20, 25) % 256
    every_id = ids.repeat(2, axis=0).repeat(2, axis=1).astype(np.uint8)
    every_id[every_id == 254] = 255
    holes = np.full(SIZE, 255, np.uint8)
    holes[5:35, 5:35] = 3
    holes[10:20, 10:20] = 255
    holes[12:14, 12:14] = 4
    holes[30, 30] = 5
    holes[0, 49] = holes[1, 48] = 0
    return dict(zip(NAMES, (every_id, holes, np.full(SIZE, 255, np.uint8)), strict=True))


def begin(folder: Path, open_project: Open) -> Project:
    for seed, name in enumerate(NAMES):
        write_image(folder / name, SIZE, seed=seed)
    return open_project(folder)


@pytest.mark.parametrize("as_polygons", [False, True])
@pytest.mark.parametrize(
    ("format_name", "importer"),
    [
        ("ids", "ids"),
        ("ids16", "ids"),
        ("tiff", "ids"),
        ("voc", "ids"),
        ("voc-dataset", "ids"),
        ("mmseg", "ids"),
        ("huggingface", "ids"),
        ("npz", "npz"),
        ("colours", "colours"),
        ("cvat", "colours"),
        ("cityscapes", "cityscapes"),
        ("coco", "coco"),
        ("yolo", "yolo"),
        ("labelme", "labelme"),
    ],
)
def test_what_goes_out_comes_in_the_same(
    tmp_path: Path, open_project: Open, format_name: str, importer: str, as_polygons: bool
) -> None:
    project = begin(tmp_path / "one", open_project)
    table = project.classes
    for class_id in range(2, 254):
        table = table.with_added(f"number {class_id}", class_id=class_id)
    project.set_classes(table)
    for name, labels in truths().items():
        image_id = project.item_by_name(name).id
        edit = edit_between(np.full(SIZE, 255, np.uint8), labels, "Brush")
        if edit is not None:
            project.commit_edit(image_id, edit)
            project.load_layers(image_id, SIZE)
    options = ExportOptions(
        as_polygons=as_polygons, with_background=True, split=Split(0.3), with_images=False
    )
    list(export(project, format_name, tmp_path / "out", options=options))
    other = begin(tmp_path / "two", open_project)
    results = list(import_labels(other, tmp_path / "out", format_name=importer))
    assert [result.problem for result in results if result.problem] == []
    for name, labels in truths().items():
        layers, _ = other.load_layers(other.item_by_name(name).id, SIZE)
        np.testing.assert_array_equal(layers.labels, labels)


def test_coco_categories_are_matched_by_name(tmp_path: Path, open_project: Open) -> None:
    project = begin(tmp_path / "one", open_project)
    content = {
        "images": [{"id": 5, "file_name": "images/b.jpg", "width": 50, "height": 40}],
        "categories": [{"id": 90, "name": "object"}, {"id": 1, "name": "tooth"}],
        "annotations": [
            {"image_id": 5, "category_id": 90, "segmentation": [[0, 0, 10, 0, 10, 10, 0, 10]]},
            {
                "image_id": 5,
                "category_id": 1,
                "segmentation": {"size": [40, 50], "counts": [1990, 10]},
            },
        ],
    }
    (tmp_path / "coco.json").write_text(json.dumps(content))
    (result,) = import_labels(project, tmp_path / "coco.json", format_name="coco")
    assert result.problem is None
    layers, _ = project.load_layers(project.item_by_name("b.jpg").id, SIZE)
    assert (layers.labels[:10, :10] == 1).all()
    tooth = project.classes.by_name("tooth")
    assert tooth is not None
    assert (layers.labels[30:, 49] == tooth.id).all()
    assert result.pixels == 110


def test_other_shapes_of_labelme_are_drawn(tmp_path: Path, open_project: Open) -> None:
    project = begin(tmp_path / "one", open_project)
    shapes = [
        {"label": "box", "shape_type": "rectangle", "points": [[2, 3], [12, 9]]},
        {"label": "disc", "shape_type": "circle", "points": [[30, 20], [38, 20]]},
    ]
    content = {"shapes": shapes, "imagePath": "a.png", "imageHeight": 40, "imageWidth": 50}
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "a.json").write_text(json.dumps(content))
    (result,) = import_labels(project, tmp_path / "m", format_name="labelme")
    assert result.problem is None
    layers, _ = project.load_layers(project.item_by_name("a.png").id, SIZE)
    box, disc = project.classes.by_name("box"), project.classes.by_name("disc")
    assert box is not None
    assert disc is not None
    assert np.count_nonzero(layers.labels == box.id) == 60
    assert np.count_nonzero(layers.labels == disc.id) == pytest.approx(np.pi * 64, rel=0.05)


def test_an_unknown_colour_is_a_problem_of_that_picture(tmp_path: Path, open_project: Open) -> None:
    project = begin(tmp_path / "one", open_project)
    write_image(tmp_path / "m" / "a.png", SIZE)
    (result,) = import_labels(project, tmp_path / "m", format_name="colours")
    assert "which no class has" in (result.problem or "")


KEYS = (
    *("images", "annotations", "categories", "id", "name", "image_id", "category_id"),
    *("segmentation", "size", "counts", "shapes", "label", "points", "shape_type", "mask"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "images",
                    "annotations",
                    "categories",
                    "id",
                    "name",
                    "image_id",
                    "category_id",
                    "segmentation",
                    "size",
                    "counts",
                    "shapes",
                    "label",
                    "points",
                    "shape_type",
                    "mask",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=JSON, shapes=st.lists(JSON, max_size=2))
def test_hostile_json_is_a_problem_and_never_a_crash(
    tmp_path: Path, open_project: Open, content: object, shapes: object
) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir(exist_ok=True)
    image = {"id": 1, "file_name": "a.png", "width": 50, "height": 40}
    wrapped = [
        content,
        {"shapes": shapes, "imagePath": "a.png", "imageHeight": 40, "imageWidth": 50},
        {"images": [image], "categories": [{"id": 1, "name": "x"}], "annotations": shapes},
    ]
    project = _cached(tmp_path, open_project)
    for number, value in enumerate(wrapped):
        (folder / f"{number}.json").write_text(json.dumps(value), "utf-8")
    (folder / "a.txt").write_text(json.dumps(content), "utf-8")
    for format_name in IMPORTERS:
        for result in import_labels(project, folder, format_name=format_name, is_dry_run=True):
            assert result.problem is None or result.problem.endswith(".")


_PROJECTS: dict[Path, Project] = {}


def _cached(tmp_path: Path, open_project: Open) -> Project:
    if tmp_path not in _PROJECTS:
        _PROJECTS[tmp_path] = begin(tmp_path / "one", open_project)
    return _PROJECTS[tmp_path]
