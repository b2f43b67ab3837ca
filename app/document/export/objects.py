"""Exports of objects: COCO, YOLO, labelme and a table. An object is a connected region of a class.

Class 0 is the rest of the picture for these formats: its regions are only written on wish.
"""

from __future__ import annotations

import base64
import csv
import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.document.classes import ClassTable, LabelClass
from app.document.export.frame import ExportOptions, Format, Job, Picture, Pixels, classes_json
from app.document.export.pictures import image_bytes
from app.document.files import encode_label_png
from app.document.regions import Region, regions
from app.document.rle import packed, runs_of


def object_classes(job: Job) -> list[LabelClass]:
    """The classes whose regions are objects."""
    return object_classes_of(job.classes, job.options)


def object_classes_of(classes: ClassTable, options: ExportOptions) -> list[LabelClass]:
    """The same before there is a job."""
    return [item for item in classes if item.id or options.with_background]


class CocoWriter:
    """`annotations/instances_<split>.json`, ids of categories = class ids."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._images: dict[str, list[dict[str, Any]]] = {}
        self._annotations: dict[str, list[dict[str, Any]]] = {}
        self._next_id = 1

    def add(self, picture: Picture, labels: Pixels) -> None:
        """The regions of one picture."""
        images = self._images.setdefault(picture.split, [])
        annotations = self._annotations.setdefault(picture.split, [])
        image_id = 1 + sum(len(other) for other in self._images.values())
        file_name = f"{picture.stem}{picture.suffix}"
        images.append(
            {
                "id": image_id,
                "file_name": file_name,
                "width": picture.width,
                "height": picture.height,
            }
        )
        for region in regions(labels, [item.id for item in object_classes(self._job)]):
            annotations.append(
                {
                    "id": self._next_id,
                    "image_id": image_id,
                    "category_id": region.class_id,
                    "segmentation": self._segmentation(region, labels.shape),
                    "area": region.area,
                    "bbox": list(region.box),
                    "iscrowd": 0,
                }
            )
            self._next_id += 1
        if self._job.options.with_images:
            self._job.out.write(f"{picture.split}/{file_name}", image_bytes(picture))

    def finish(self) -> None:
        """One JSON file for each split."""
        categories = [
            {"id": item.id, "name": item.name, "supercategory": ""}
            for item in object_classes(self._job)
        ]
        for split, images in self._images.items():
            content = {
                "images": images,
                "annotations": self._annotations[split],
                "categories": categories,
            }
            self._job.out.write_text(f"annotations/instances_{split}.json", json.dumps(content))

    def _segmentation(self, region: Region, shape: tuple[int, ...]) -> object:
        if self._job.options.as_polygons:
            return [region.polygon().ravel().tolist()]
        full = np.zeros(shape, np.bool_)
        x, y, width, height = region.box
        full[y : y + height, x : x + width] = region.mask
        return {"size": list(shape), "counts": packed(runs_of(full))}


class YoloWriter:
    """`images/` and `labels/` by split, and `data.yaml`; classes are numbered without gaps."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._number = {item.id: index for index, item in enumerate(object_classes(job))}

    def add(self, picture: Picture, labels: Pixels) -> None:
        """One text file: a line with class and outline for each region."""
        scale = np.array([picture.width, picture.height])
        lines = []
        for region in regions(labels, self._number):
            points = (region.polygon() / scale).ravel()
            numbers = " ".join(f"{value:.8g}" for value in points)
            lines.append(f"{self._number[region.class_id]} {numbers}\n")
        out = self._job.out
        out.write_text(f"labels/{picture.split}/{picture.stem}.txt", "".join(lines))
        if self._job.options.with_images:
            path = f"images/{picture.split}/{picture.stem}{picture.suffix}"
            out.write(path, image_bytes(picture))

    def finish(self) -> None:
        """`data.yaml`; JSON strings are valid YAML whatever is in a name."""
        lines = ["path: .\n", "train: images/train\n", "val: images/val\n", "test: images/test\n"]
        lines.append("names:\n")
        for index, item in enumerate(object_classes(self._job)):
            lines.append(f"  {index}: {json.dumps(item.name)}\n")
        self._job.out.write_text("data.yaml", "".join(lines))


class LabelmeWriter:
    """One JSON for each image, beside a copy of it: masks (exact) or polygons."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def add(self, picture: Picture, labels: Pixels) -> None:
        """The shapes of one picture."""
        file_name = f"{picture.stem}{picture.suffix}"
        content: dict[str, Any] = {
            "version": "5.5.0",
            "flags": {},
            "shapes": [
                self._shape(region)
                for region in regions(labels, [item.id for item in object_classes(self._job)])
            ],
            "imagePath": file_name.rpartition("/")[2],
            "imageData": None,
            "imageHeight": picture.height,
            "imageWidth": picture.width,
        }
        self._job.out.write_json(f"{picture.stem}.json", content)
        if self._job.options.with_images:
            self._job.out.write(file_name, image_bytes(picture))

    def finish(self) -> None:
        """The names of the classes, as labelme's own converters want them."""
        names = ["__ignore__", *(item.name for item in self._job.classes)]
        self._job.out.write_text("labels.txt", "\n".join(names) + "\n")

    def _shape(self, region: Region) -> dict[str, Any]:
        shape: dict[str, Any] = {
            "label": self._job.classes.by_id(region.class_id).name,
            "group_id": None,
            "description": "",
            "flags": {},
        }
        if self._job.options.as_polygons:
            return {**shape, "shape_type": "polygon", "points": region.polygon().tolist()}
        x, y, width, height = region.box
        encoded = encode_label_png(region.mask.astype(np.uint8) * np.uint8(255))
        return {
            **shape,
            "shape_type": "mask",
            "points": [[x, y], [x + width - 1, y + height - 1]],
            "mask": base64.b64encode(encoded).decode("ascii"),
        }


_COLUMNS = (
    *("image", "object", "class_id", "class", "area_px", "perimeter_px"),
    *("centroid_x", "centroid_y", "box_x", "box_y", "box_width", "box_height"),
    *("eccentricity", "mean_intensity"),
)
_LENGTHS = ("perimeter", "centroid_x", "centroid_y", "box_x", "box_y", "box_width", "box_height")


class TableWriter:
    """`objects.csv`: a line with measures for each region, in pixels and in a physical unit.

    The columns in the unit are only there when a pixel has a size.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._buffer = io.StringIO(newline="")
        self._rows = csv.writer(self._buffer, lineterminator="\n")
        unit = job.options.unit
        self._has_unit = unit != "px"
        lengths = (f"area_{unit}2", *(f"{name}_{unit}" for name in _LENGTHS))
        self._rows.writerow((*_COLUMNS, *(lengths if self._has_unit else ())))

    def add(self, picture: Picture, labels: Pixels) -> None:
        """The lines of one picture. Intensity is the mean of red, green and blue, 0..255."""
        grey = picture.rgb().mean(axis=2)
        found = regions(labels, [item.id for item in object_classes(self._job)])
        for number, region in enumerate(found, 1):
            self._rows.writerow((picture.name, number, *self._measured(region, grey)))

    def finish(self) -> None:
        """The table and what the ids mean."""
        self._job.out.write_text("objects.csv", self._buffer.getvalue())
        self._job.out.write_json("classes.json", classes_json(self._job.classes))

    def _measured(self, region: Region, grey: NDArray[np.float64]) -> tuple[object, ...]:
        # Slow to import, and only this format needs it.
        from skimage.measure import regionprops

        x, y, width, height = region.box
        crop = grey[y : y + height, x : x + width]
        (measured,) = regionprops(region.mask.astype(np.uint8), intensity_image=crop)
        centre_y, centre_x = measured.centroid
        centre = (centre_x + x + 0.5, centre_y + y + 0.5)
        perimeter = float(measured.perimeter)
        name = self._job.classes.by_id(region.class_id).name
        in_pixels = (
            *(region.class_id, name, region.area, f"{perimeter:.3f}"),
            *(f"{value:.3f}" for value in centre),
            *(x, y, width, height),
            *(f"{measured.eccentricity:.4f}", f"{measured.intensity_mean:.3f}"),
        )
        if not self._has_unit:
            return in_pixels
        side = self._job.options.pixel_size
        lengths = (perimeter, *centre, x, y, width, height)
        in_unit = (region.area * side * side, *(length * side for length in lengths))
        return (*in_pixels, *(f"{value:.6g}" for value in in_unit))


FORMATS = {
    "coco": Format(
        "COCO JSON",
        ("annotations/instances_{split}.json", "{split}/{stem}{suffix}"),
        CocoWriter,
        description="Each connected region as an annotation: exact masks (RLE) or polygons.",
        images=("{split}/{stem}{suffix}",),
        options=("split", "with_images", "as_polygons", "with_background"),
    ),
    "yolo": Format(
        "YOLO segmentation",
        ("labels/{split}/{stem}.txt", "images/{split}/{stem}{suffix}", "data.yaml"),
        YoloWriter,
        description="A line with the outline of each connected region, and data.yaml.",
        images=("images/{split}/{stem}{suffix}",),
        options=("split", "with_images", "with_background"),
    ),
    "labelme": Format(
        "labelme JSON",
        ("{stem}.json", "{stem}{suffix}", "labels.txt"),
        LabelmeWriter,
        description="One file for each image, with exact masks or polygons.",
        images=("{stem}{suffix}",),
        options=("with_images", "as_polygons", "with_background"),
    ),
    "table": Format(
        "Table of objects (CSV)",
        ("objects.csv", "classes.json"),
        TableWriter,
        description="Area, perimeter, centre, box, shape and brightness of each connected region.",
        options=("with_background", "pixel_size"),
    ),
}
