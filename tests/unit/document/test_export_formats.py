"""Each export, read by the field's own reader."""

from __future__ import annotations

import base64
import csv
import io
import json
import runpy
import sys
import types
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.measure
import tifffile
from PIL import Image, ImageDraw

from app.document.edit import edit_between
from app.document.export import FORMATS, ExportOptions, Which, export, pictures_of
from app.document.export.frame import Picture, Split
from app.document.export.splits import dealt
from app.document.project import Project
from app.document.regions import fill, regions
from tests.unit.document.conftest import write_image

# pycocotools has not followed NumPy 2.
COCO_WARNING = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Open = Callable[..., Project]
SIZE = (60, 80)


def blobs(seed: int) -> np.ndarray:
    """Labels with every kind of trouble: holes, one-pixel regions, touching corners, the rest."""
    random = np.random.default_rng(seed)
    labels = np.full(SIZE, 255, np.uint8)
    for _ in range(12):
        x, y, side = random.integers(0, 70), random.integers(0, 50), random.integers(1, 25)
        labels[y : y + side, x : x + side] = random.choice([0, 1, 2, 7, 255])
    labels[random.integers(0, 60, 9), random.integers(0, 80, 9)] = 2
    return labels


NAMES = ("a.png", "b.jpg", "sub/c.png")
TRUTH = {name: blobs(seed) for seed, name in enumerate(NAMES)}


@pytest.fixture
def project(tmp_path: Path, open_project: Open) -> Project:
    for seed, name in enumerate(NAMES):
        write_image(tmp_path / "pictures" / name, SIZE, seed=seed)
    project = open_project(tmp_path / "pictures")
    table = project.classes.with_added("crack, long").with_added("naïve: 图", class_id=7)
    project.set_classes(table)
    for name, labels in TRUTH.items():
        image_id = project.item_by_name(name).id
        layers, _ = project.load_layers(image_id, SIZE)
        edit = edit_between(layers.labels, labels, "Brush")
        assert edit is not None
        project.commit_edit(image_id, edit)
    return project


def exported(project: Project, format_name: str, out: Path, **options: object) -> Path:
    steps = list(export(project, format_name, out, options=ExportOptions(**options)))  # type: ignore[arg-type]
    assert [step.problem for step in steps] == [None] * 3
    return out


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def objects_only(labels: np.ndarray) -> np.ndarray:
    return np.where(labels == 0, 255, labels)


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_writes_only_the_files_it_names(
    project: Project, tmp_path: Path, format_name: str
) -> None:
    out = exported(project, format_name, tmp_path / "out")
    pictures = dealt(pictures_of(project, Which.ALL)[0], Split())
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert written
    assert written <= {*FORMATS[format_name].paths(pictures), ".maskloop-export"}


@COCO_WARNING
@pytest.mark.parametrize("as_polygons", [False, True])
def test_pycocotools_reads_the_same_masks(
    project: Project, tmp_path: Path, as_polygons: bool
) -> None:
    coco_module = pytest.importorskip("pycocotools.coco")
    options = {"as_polygons": as_polygons, "split": Split(validation=0.4)}
    out = exported(project, "coco", tmp_path / "out", **options)
    seen = {}
    for path in (out / "annotations").iterdir():
        coco = coco_module.COCO(str(path))
        for image in coco.loadImgs(coco.getImgIds()):
            labels = np.full((image["height"], image["width"]), 255, np.uint8)
            for annotation in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])):
                mask = coco.annToMask(annotation).astype(bool)
                assert annotation["area"] == mask.sum()
                labels[mask] = annotation["category_id"]
            seen[image["file_name"]] = labels
            split = path.stem.removeprefix("instances_")
            assert size_of(out / split / image["file_name"]) == SIZE[::-1]
    assert set(seen) == set(NAMES)
    for name, labels in seen.items():
        np.testing.assert_array_equal(labels, objects_only(TRUTH[name]))


def test_yolo_lines_give_the_same_masks(project: Project, tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    out = exported(project, "yolo", tmp_path / "out")
    names = yaml.safe_load((out / "data.yaml").read_text("utf-8"))["names"]
    assert names == {0: "object", 1: "crack, long", 2: "naïve: 图"}
    ids = {0: 1, 1: 2, 2: 7}
    for name in NAMES:
        (path,) = out.glob(f"labels/*/{Path(name).with_suffix('')}.txt")
        labels = np.full(SIZE, 255, np.uint8)
        for line in path.read_text().splitlines():
            number, *points = line.split()
            assert len(points) >= 6
            ring = np.array(points, float).reshape(-1, 2)
            assert ring.min() >= 0
            assert ring.max() <= 1
            labels[fill([ring * SIZE[::-1]], SIZE)] = ids[int(number)]
        np.testing.assert_array_equal(labels, objects_only(TRUTH[name]))


def test_labelme_masks_are_exact(project: Project, tmp_path: Path) -> None:
    out = exported(project, "labelme", tmp_path / "out", with_background=True)
    for name in NAMES:
        path = (out / name).with_suffix(".json")
        content = json.loads(path.read_text("utf-8"))
        assert (path.parent / content["imagePath"]).exists()
        labels = np.full((content["imageHeight"], content["imageWidth"]), 255, np.uint8)
        for shape in content["shapes"]:
            (x1, y1), (x2, y2) = shape["points"]
            mask = np.asarray(Image.open(io.BytesIO(base64.b64decode(shape["mask"])))) > 0
            item = project.classes.by_name(shape["label"])
            assert item is not None
            labels[y1 : y2 + 1, x1 : x2 + 1][mask] = item.id
        np.testing.assert_array_equal(labels, TRUTH[name])


def test_torchvision_reads_the_voc_data_set(project: Project, tmp_path: Path) -> None:
    datasets = pytest.importorskip("torchvision.datasets")
    out = exported(project, "voc-dataset", tmp_path / "out", split=Split(validation=0.34))
    seen = 0
    for split in ("train", "val"):
        data = datasets.VOCSegmentation(str(out), year="2012", image_set=split)
        for (image, mask), path in zip(data, data.masks, strict=True):
            stem = Path(path).relative_to(out / "VOCdevkit/VOC2012/SegmentationClass")
            name = next(n for n in NAMES if str(Path(n).with_suffix(".png")) == str(stem))
            np.testing.assert_array_equal(np.asarray(mask), TRUTH[name])
            assert image.size == mask.size
            seen += 1
    assert seen == 3


def test_torchvision_reads_the_cityscapes_folders(project: Project, tmp_path: Path) -> None:
    datasets = pytest.importorskip("torchvision.datasets")
    out = exported(project, "cityscapes", tmp_path / "out", split=Split(validation=0.0))
    data = datasets.Cityscapes(str(out), split="train", mode="fine", target_type="semantic")
    found = sorted(np.asarray(mask).tobytes() for _, mask in data)
    assert found == sorted(labels.tobytes() for labels in TRUTH.values())


def test_cvat_colours_lead_back_to_the_classes(project: Project, tmp_path: Path) -> None:
    out = exported(project, "cvat", tmp_path / "out")
    rows = [line.split(":") for line in (out / "labelmap.txt").read_text("utf-8").splitlines()[1:]]
    colours = {tuple(map(int, row[-3].split(","))): ":".join(row[:-3]) for row in rows}
    rgb = cv2.imread(str(out / "SegmentationClass" / "a.png"))[:, :, ::-1]
    names = {item.id: item.name for item in project.classes} | {255: "unlabelled"}
    for pixel, class_id in zip(rgb.reshape(-1, 3), TRUTH["a.png"].ravel(), strict=True):
        assert colours[tuple(pixel)] == names[class_id]


def test_the_mmseg_snippet_runs_and_names_every_index(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = exported(project, "mmseg", tmp_path / "out")
    registry = types.SimpleNamespace(register_module=lambda: lambda cls: cls)
    base = type("Base", (), {"__init__": lambda self, **options: self.__dict__.update(options)})
    monkeypatch.setitem(sys.modules, "mmseg", types.ModuleType("mmseg"))
    monkeypatch.setitem(sys.modules, "mmseg.registry", types.SimpleNamespace(DATASETS=registry))
    monkeypatch.setitem(sys.modules, "mmseg.datasets", types.SimpleNamespace(BaseSegDataset=base))
    data = runpy.run_path(str(out / "dataset.py"))["MaskloopDataset"]
    assert len(data.METAINFO["classes"]) == len(data.METAINFO["palette"]) == 8
    assert data.METAINFO["classes"][7] == "naïve: 图"
    assert data().ignore_index == 255
    for path in (out / "ann_dir").rglob("*.png"):
        image = out / "img_dir" / path.relative_to(out / "ann_dir")
        assert size_of(image) == size_of(path)


def test_the_hugging_face_loader_pairs_images_and_masks(project: Project, tmp_path: Path) -> None:
    out = exported(project, "huggingface", tmp_path / "out", split=Split(validation=0.34))
    loader = runpy.run_path(str(out / "load.py"))
    assert loader["ID2LABEL"][7] == "naïve: 图"
    pairs = [pair for split in ("train", "val") for pair in loader["pairs"](split)]
    assert len(pairs) == 3
    for image, mask in pairs:
        assert size_of(image) == size_of(mask)


def measured_by_scikit_image(project: Project, row: dict[str, str]) -> dict[str, float]:
    """The object of a row, measured in the whole picture instead of its box."""
    labels = TRUTH[row["image"]]
    numbers = skimage.measure.label(labels == int(row["class_id"]), connectivity=2)
    x, y = int(row["box_x"]), int(row["box_y"])
    right, bottom = x + int(row["box_width"]), y + int(row["box_height"])
    grey = project.load_image(project.item_by_name(row["image"]).id).mean(axis=2)
    (found,) = (
        one
        for one in skimage.measure.regionprops(numbers, intensity_image=grey)
        if one.bbox == (y, x, bottom, right) and int(one.area) == int(row["area_px"])
    )
    return {
        "perimeter_px": found.perimeter,
        "centroid_x": found.centroid[1] + 0.5,
        "centroid_y": found.centroid[0] + 0.5,
        "eccentricity": found.eccentricity,
        "mean_intensity": found.intensity_mean,
    }


def test_without_a_unit_the_table_has_only_pixels(project: Project, tmp_path: Path) -> None:
    out = exported(project, "table", tmp_path / "out")
    header = (out / "objects.csv").read_text("utf-8").split("\n")[0]
    assert header.endswith("eccentricity,mean_intensity")


def band(labels: np.ndarray) -> np.ndarray:
    """The pixels that touch, also by a corner, a pixel of another value."""
    kernel = np.ones((3, 3), np.uint8)
    return cv2.dilate(labels, kernel) != cv2.erode(labels, kernel)


def drawn_by_labelme(shape: dict[str, object], size: tuple[int, int]) -> np.ndarray:
    """As labelme's own `shape_to_mask` draws a polygon."""
    mask = Image.new("L", size[::-1], 0)
    ImageDraw.Draw(mask).polygon([tuple(p) for p in shape["points"]], outline=1, fill=1)  # type: ignore[attr-defined]
    return np.asarray(mask, bool)


def drawn_by_ultralytics(line: str, size: tuple[int, int]) -> tuple[int, np.ndarray]:
    """As Ultralytics' `polygon2mask` draws a line of YOLO."""
    number, *numbers = line.split()
    points = np.array(numbers, np.float32).reshape(-1, 2) * np.array(size[::-1], np.float32)
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.asarray(points, np.int32).reshape(1, -1, 2)], 1)
    return int(number), mask.astype(bool)


def test_the_way_to_a_hole_never_leaves_its_region() -> None:
    """Programs that draw outlines too would paint a line across whatever lies between."""
    labels = np.full(SIZE, 255, np.uint8)
    labels[5:55, 5:15] = 1
    labels[45:55, 5:75] = 1
    labels[5:55, 50:75] = 1
    labels[10:20, 55:60] = labels[12:14, 65:70] = labels[47:49, 20:22] = labels[30, 70] = 255
    (region,) = regions(labels, [1])
    ring = region.polygon()
    assert np.array_equal(fill([ring], SIZE), labels == 1)
    mask = np.zeros(SIZE, np.uint8)
    cv2.fillPoly(mask, [ring.astype(np.int32).reshape(1, -1, 2)], 1)
    wrong = mask.astype(bool) != (labels == 1)
    assert wrong.any()
    assert not (wrong & ~band(labels)).any()


def test_other_programs_fill_polygons_at_most_one_pixel_wider(
    project: Project, tmp_path: Path
) -> None:
    yolo = exported(project, "yolo", tmp_path / "yolo")
    labelme = exported(project, "labelme", tmp_path / "labelme", as_polygons=True)
    ids = {0: 1, 1: 2, 2: 7}
    for name, labels in TRUTH.items():
        (path,) = yolo.glob(f"labels/*/{Path(name).with_suffix('')}.txt")
        drawn = [drawn_by_ultralytics(line, SIZE) for line in path.read_text().splitlines()]
        content = json.loads((labelme / name).with_suffix(".json").read_text("utf-8"))
        by_name = {item.name: item.id for item in project.classes}
        shapes = [(by_name[s["label"]], drawn_by_labelme(s, SIZE)) for s in content["shapes"]]
        for masks in ([(ids[number], mask) for number, mask in drawn], shapes):
            for class_id in (1, 2, 7):
                mine = [mask for number, mask in masks if number == class_id]
                union = np.any(mine, axis=0) if mine else np.zeros(SIZE, bool)
                wrong = union != (labels == class_id)
                assert not (wrong & ~band(labels)).any()


def test_the_table_measures_objects_in_both_units(project: Project, tmp_path: Path) -> None:
    out = exported(project, "table", tmp_path / "out", pixel_size=0.5, unit="um")
    rows = list(csv.DictReader(io.StringIO((out / "objects.csv").read_text("utf-8"))))
    for row in rows:
        measured = measured_by_scikit_image(project, row)
        for key, value in measured.items():
            assert float(row[key]) == pytest.approx(value, rel=1e-3, abs=1e-3), key
        for key in ("perimeter", "centroid_x", "centroid_y", "box_x", "box_width", "box_height"):
            in_pixels = row.get(f"{key}_px") or row[key]
            assert float(row[f"{key}_um"]) == pytest.approx(float(in_pixels) / 2, rel=1e-3)
    for name in NAMES:
        for class_id in (1, 2, 7):
            mine = [r for r in rows if r["image"] == name and int(r["class_id"]) == class_id]
            area = sum(int(row["area_px"]) for row in mine)
            assert area == np.count_nonzero(TRUTH[name] == class_id)
            assert sum(float(row["area_um2"]) for row in mine) == pytest.approx(area / 4, rel=1e-4)


def test_colours_overlay_and_arrays(project: Project, tmp_path: Path) -> None:
    rgb = cv2.imread(str(exported(project, "colours", tmp_path / "c") / "a.png"))[:, :, ::-1]
    np.testing.assert_array_equal(rgb[TRUTH["a.png"] == 7][0], project.classes.by_id(7).colour)
    assert size_of(exported(project, "overlay", tmp_path / "o") / "a.jpg") == SIZE[::-1]
    with np.load(exported(project, "npz", tmp_path / "n") / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["labels"], TRUTH["a.png"])
        assert arrays["one_hot"].shape == (4, *SIZE)
        assert arrays["ids"].tolist() == [0, 1, 2, 7]
        np.testing.assert_array_equal(arrays["one_hot"][3], TRUTH["a.png"] == 7)


def test_a_tiff_mask_keeps_the_geo_tags(open_project: Open, tmp_path: Path) -> None:
    scale, tie = (0.5, 0.5, 0.0), (0.0, 0.0, 0.0, 430000.0, 5400000.0, 0.0)
    (tmp_path / "geo").mkdir()
    tifffile.imwrite(
        tmp_path / "geo" / "field.tif",
        np.zeros((*SIZE, 3), np.uint8),
        photometric="rgb",
        extratags=[(33550, 12, 3, scale, True), (33922, 12, 6, tie, True)],
    )
    project = open_project(tmp_path / "geo")
    list(export(project, "tiff", tmp_path / "out"))
    with tifffile.TiffFile(tmp_path / "out" / "field.tif") as file:
        tags = file.pages.first.tags
        assert tags[33550].value == scale
        assert tags[33922].value == tie
        assert file.pages.first.asarray().shape == SIZE


def test_an_image_turned_by_exif_is_written_upright_beside_its_mask(
    open_project: Open, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((30, 50, 3), np.uint8)).save(tmp_path / "in" / "x.jpg", exif=exif)
    project = open_project(tmp_path / "in")
    list(export(project, "huggingface", tmp_path / "out"))
    (image,) = (tmp_path / "out").glob("*/images/x.png")
    (mask,) = (tmp_path / "out").glob("*/masks/x.png")
    assert size_of(image) == size_of(mask) == (30, 50)


def test_splits_are_repeatable_and_keep_groups_together() -> None:
    names = [f"patient{n // 5}_{n % 5}.png" for n in range(100)]
    pictures = [Picture(name, name, Path(name), 1, 1) for name in names]
    split = Split(validation=0.2, test=0.1, seed=4, group=r"(patient\d+)_")
    first, again = dealt(pictures, split), dealt(reversed(pictures), split)
    assert {p.name: p.split for p in first} == {p.name: p.split for p in again}
    by_group: dict[str, set[str]] = {}
    for picture in first:
        by_group.setdefault(picture.name.split("_")[0], set()).add(picture.split)
    assert all(len(splits) == 1 for splits in by_group.values())
    counts = [sum(p.split == name for p in first) for name in ("train", "val", "test")]
    assert counts == [70, 20, 10]
    other = dealt(pictures, Split(validation=0.2, test=0.1, seed=5))
    assert [p.split for p in other] != [p.split for p in first]
