"""The doctor finds nothing in a sound export, and every kind of damage in a broken one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from app.document.edit import edit_between
from app.document.export import FORMATS, ExportOptions, export
from app.document.export.doctor import examine
from app.document.export.frame import Split
from app.document.export.readers import OPENCV, PILLOW
from app.document.export.record import ExportRecord
from app.document.export.scope import Report, scope
from app.document.project import Project
from app.qt_reader import QT
from tests.unit.document.conftest import write_image

Open = Callable[..., Project]
SIZE = (30, 40)
READERS = (PILLOW, OPENCV, QT)
OPTIONS = ExportOptions(split=Split(validation=0.34), with_background=True)


def labels(seed: int) -> np.ndarray:
    """Every id, holes, one-pixel regions, and pixels that nobody labelled."""
    every = np.full(SIZE, 255, np.uint8)
    every[:20, :13] = np.arange(260).reshape(20, 13) % 254
    every[2:28, 15:38] = 3
    every[10:20, 20 : 30 + seed] = 255
    every[15, 25] = 7
    return every


@pytest.fixture
def project(tmp_path: Path, open_project: Open) -> Project:
    for seed, name in enumerate(("a.png", "b.jpg", "sub/c.png")):
        write_image(tmp_path / "pictures" / name, SIZE, seed=seed)
    project = open_project(tmp_path / "pictures")
    table = project.classes
    for number in range(2, 254):
        table = table.with_added(f"number {number}", class_id=number)
    project.set_classes(table)
    for seed, name in enumerate(("a.png", "b.jpg")):
        edit = edit_between(np.full(SIZE, 255, np.uint8), labels(seed), "Brush")
        assert edit is not None
        project.commit_edit(project.item_by_name(name).id, edit)
    return project


@pytest.fixture
def record() -> Iterator[ExportRecord]:
    with ExportRecord() as record:
        yield record


def problems_of(record: ExportRecord, out: Path) -> dict[str, str]:
    steps = examine(record, out, readers=READERS)
    return {step.name: step.problem for step in steps if step.problem}


def write(
    project: Project, format_name: str, out: Path, record: ExportRecord, **options: object
) -> None:
    wishes = ExportOptions(**{**vars(OPTIONS), **options})  # type: ignore[arg-type]
    for step in export(project, format_name, out, options=wishes, record=record):
        assert step.problem is None


@pytest.mark.parametrize(
    ("format_name", "as_polygons"),
    [(name, False) for name in FORMATS] + [("coco", True), ("labelme", True)],
)
def test_a_sound_export_has_no_problem(
    project: Project, tmp_path: Path, record: ExportRecord, format_name: str, as_polygons: bool
) -> None:
    write(project, format_name, tmp_path / "out", record, as_polygons=as_polygons)
    steps = list(examine(record, tmp_path / "out", readers=READERS))
    assert [(step.name, step.problem) for step in steps] == [
        (name, None) for name in ("a.png", "b.jpg", "sub/c.png")
    ]
    told = scope(record, READERS)
    assert told.checked or told.unchecked


def spoil(path: Path) -> None:
    """One pixel, number or letter of a file is another."""
    if path.suffix in (".png", ".tif"):
        with Image.open(path) as image:
            pixels, palette, mode = np.array(image), image.getpalette(), image.mode
        pixels[3, 4] ^= 1
        changed = Image.fromarray(pixels)
        if mode == "P":
            changed.putpalette(palette)
        changed.save(path)
    elif path.suffix == ".npz":
        with np.load(path) as arrays:
            kept = dict(arrays)
        kept["one_hot"][0, 3, 4] ^= True
        np.savez(path, **kept)
    elif path.suffix == ".csv":
        lines = path.read_text("utf-8").splitlines()
        cells = lines[1].split(",")
        cells[4] = str(int(cells[4]) + 1)
        path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]), "utf-8")
    elif path.suffix == ".txt":
        path.write_text("\n".join(path.read_text("utf-8").splitlines()[1:]), "utf-8")
    else:
        content = json.loads(path.read_text("utf-8"))
        (content["annotations"] if "annotations" in content else content["shapes"]).pop(0)
        path.write_text(json.dumps(content), "utf-8")


SPOILED = {
    "ids": "a.png",
    "ids16": "a.png",
    "voc": "a.png",
    "colours": "a.png",
    "tiff": "a.tif",
    "npz": "a.npz",
    "voc-dataset": "VOCdevkit/VOC2012/SegmentationClass/a.png",
    "cvat": "SegmentationClass/a.png",
    "cityscapes": "gtFine/*/all/a_gtFine_labelTrainIds.png",
    "mmseg": "ann_dir/*/a.png",
    "huggingface": "*/masks/a.png",
    "coco": "annotations/instances_*.json",
    "yolo": "labels/*/a.txt",
    "labelme": "a.json",
    "table": "objects.csv",
}


@pytest.mark.parametrize("format_name", SPOILED)
def test_one_changed_pixel_or_number_is_found(
    project: Project, tmp_path: Path, record: ExportRecord, format_name: str
) -> None:
    out = tmp_path / "out"
    write(project, format_name, out, record)
    for path in out.glob(SPOILED[format_name]):
        if format_name != "coco" or json.loads(path.read_text("utf-8"))["annotations"]:
            spoil(path)
    assert problems_of(record, out)


@pytest.mark.parametrize("format_name", [n for n in SPOILED if n != "table"])
def test_a_missing_file_is_named(
    project: Project, tmp_path: Path, record: ExportRecord, format_name: str
) -> None:
    out = tmp_path / "out"
    write(project, format_name, out, record)
    for path in out.glob(SPOILED[format_name]):
        path.unlink()
    assert "not written" in " ".join(problems_of(record, out).values())


TABLES = {
    "ids": "classes.json",
    "voc-dataset": "VOCdevkit/VOC2012/classes.json",
    "cvat": "labelmap.txt",
    "mmseg": "dataset.py",
    "huggingface": "id2label.json",
    "coco": "annotations/instances_train.json",
    "yolo": "data.yaml",
    "labelme": "labels.txt",
}


@pytest.mark.parametrize("format_name", TABLES)
def test_another_name_in_the_class_table_is_found(
    project: Project, tmp_path: Path, record: ExportRecord, format_name: str
) -> None:
    out = tmp_path / "out"
    write(project, format_name, out, record)
    path = out / TABLES[format_name]
    path.write_text(path.read_text("utf-8").replace("number 77", "number 7x7"), "utf-8")
    told = " ".join(problems_of(record, out).values())
    assert "does not list the classes" in told


def test_other_sizes_and_half_files_are_told(
    project: Project, tmp_path: Path, record: ExportRecord
) -> None:
    out = tmp_path / "out"
    write(project, "ids", out, record)
    with Image.open(out / "b.png") as image:
        image.resize((10, 20)).save(out / "b.png")
    data = (out / "a.png").read_bytes()
    (out / "a.png").write_bytes(data[: len(data) // 2])
    problems = problems_of(record, out)
    assert "10 x 20" in problems["b.jpg"]
    assert "cannot be read by Pillow" in problems["a.png"]


def test_a_copied_image_that_exif_turns_is_told(
    project: Project, tmp_path: Path, record: ExportRecord
) -> None:
    out = tmp_path / "out"
    write(project, "huggingface", out, record)
    (path,) = out.glob("*/images/b.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(path, exif=exif)
    assert "its mask does not fit" in problems_of(record, out)["b.jpg"]


def test_an_image_in_no_list_is_told(
    project: Project, tmp_path: Path, record: ExportRecord
) -> None:
    out = tmp_path / "out"
    write(project, "cvat", out, record)
    (out / "ImageSets/Segmentation/train.txt").write_text("a\n")
    assert "train.txt" in problems_of(record, out)["lists"]


def test_classes_of_one_colour_are_told_where_colours_carry_the_masks(
    project: Project, tmp_path: Path, record: ExportRecord
) -> None:
    project.set_classes(project.classes.with_recoloured(7, project.classes.by_id(3).colour))
    write(project, "colours", tmp_path / "out", record)
    assert "same colour" in problems_of(record, tmp_path / "out")["number 7"]


def test_lost_geographic_tags_are_told(
    open_project: Open, tmp_path: Path, record: ExportRecord
) -> None:
    (tmp_path / "geo").mkdir()
    tags = [(33550, 12, 3, (0.5, 0.5, 0.0), True)]
    pixels = np.zeros((*SIZE, 3), np.uint8)
    tifffile.imwrite(tmp_path / "geo" / "x.tif", pixels, photometric="rgb", extratags=tags)
    project, out = open_project(tmp_path / "geo"), tmp_path / "out"
    write(project, "tiff", out, record)
    assert problems_of(record, out) == {}
    tifffile.imwrite(out / "x.tif", np.full(SIZE, 255, np.uint8), photometric="minisblack")
    assert "elsewhere on the earth" in problems_of(record, out)["x.tif"]


def test_a_number_that_no_class_has_is_told(
    project: Project, record: ExportRecord, tmp_path: Path
) -> None:
    project.set_classes(project.classes.without(7))
    write(project, "ids", tmp_path / "out", record)
    found = problems_of(record, tmp_path / "out")
    assert "the class number 7, which no class has" in found["a.png"]


def test_labels_that_change_after_the_export_are_no_problem(
    project: Project, tmp_path: Path, record: ExportRecord
) -> None:
    write(project, "ids", tmp_path / "out", record)
    edit = edit_between(labels(0), np.zeros(SIZE, np.uint8), "Brush")
    assert edit is not None
    project.commit_edit(project.item_by_name("a.png").id, edit)
    assert problems_of(record, tmp_path / "out") == {}


def test_the_report_says_what_was_not_checked(
    project: Project, tmp_path: Path, record: ExportRecord
) -> None:
    write(project, "yolo", tmp_path / "out", record)
    report = Report(tmp_path / "out", 3, (), scope(record, READERS))
    text = "\n".join(report.lines())
    assert "3 images were read again" in text
    assert "not checked: How YOLO itself fills outlines" in text
    assert "Pillow, OpenCV and Qt" in text


@pytest.mark.parametrize("width", [16, 17])
def test_all_readers_read_16_bits_and_colours_alike(tmp_path: Path, width: int) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (13, width)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "grey.png"), grey)
    cv2.imwrite(str(tmp_path / "wide.png"), grey.astype(np.uint16) * 257)
    cv2.imwrite(str(tmp_path / "rgb.png"), np.dstack([grey, 255 - grey, grey // 2]))
    expected = {
        "grey.png": grey,
        "wide.png": grey.astype(np.uint16) * 257,
        "rgb.png": np.dstack([grey // 2, 255 - grey, grey]),
    }
    for reader in READERS:
        for name, pixels in expected.items():
            np.testing.assert_array_equal(reader.read(tmp_path / name), pixels)
            assert reader.sizes(tmp_path / name) == {(width, 13)}
        assert reader.read(tmp_path / "nothing.png") is None
        assert reader.sizes(tmp_path / "nothing.png") == set()
        assert (20, 10) in reader.sizes(turned_by_exif(tmp_path / "turned.jpg"))


def turned_by_exif(path: Path) -> Path:
    """Stored 10 wide and 20 high, shown 20 wide and 10 high."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((20, 10, 3), np.uint8)).save(path, exif=exif)
    return path
