"""Exports in the folder layouts that training code and other annotation programs expect."""

from __future__ import annotations

import json

import cv2

from app.document.export.frame import (
    Format,
    Job,
    Kind,
    MaskFile,
    Picture,
    Pixels,
    classes_json,
)
from app.document.export.masks import VOID_COLOUR, export_palette, palette_png
from app.document.export.pictures import encoded, image_bytes
from app.document.files import encode_label_png

_LISTS = ("train", "val", "trainval", "test")


class VocWriter:
    """The tree of Pascal VOC with its lists; torchvision's `VOCSegmentation` reads it."""

    root = "VOCdevkit/VOC2012/"

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lists: dict[str, list[str]] = {name: [] for name in _LISTS}

    def add(self, picture: Picture, labels: Pixels) -> None:
        """Mask, image, and a line in the lists."""
        out = self._job.out
        out.write(f"{self.root}SegmentationClass/{picture.stem}.png", self._mask(labels))
        if self._job.options.with_images:
            out.write(f"{self.root}JPEGImages/{picture.stem}.jpg", encoded(picture, ".jpg"))
        self._lists[picture.split].append(picture.stem)
        if picture.split != "test":
            self._lists["trainval"].append(picture.stem)

    def finish(self) -> None:
        """The lists, and what the ids mean."""
        for name, stems in self._lists.items():
            path = f"{self.root}ImageSets/Segmentation/{name}.txt"
            self._job.out.write_text(path, "".join(f"{stem}\n" for stem in stems))
        self._job.out.write_json(f"{self.root}classes.json", classes_json(self._job.classes))

    def _mask(self, labels: Pixels) -> bytes:
        return palette_png(labels, self._job.classes)


class CvatWriter(VocWriter):
    """CVAT's "Segmentation mask 1.1": the same tree, masks in RGB, colours in `labelmap.txt`."""

    root = ""

    def finish(self) -> None:
        """The lists and the colours; what nobody labelled is the class `unlabelled`."""
        super().finish()
        lines = ["# label:color_rgb:parts:actions"]
        lines += [f"{item.name}:{','.join(map(str, item.colour))}::" for item in self._job.classes]
        lines.append(f"unlabelled:{','.join(map(str, VOID_COLOUR))}::")
        self._job.out.write_text("labelmap.txt", "\n".join(lines) + "\n")

    def _mask(self, labels: Pixels) -> bytes:
        colours = export_palette(self._job.classes)[labels]
        return cv2.imencode(".png", colours[:, :, ::-1])[1].tobytes()


class CityscapesWriter:
    """`leftImg8bit/` and `gtFine/` by split and city; torchvision's `Cityscapes` finds them.

    The city is the folder of the image, or `all`. 255 is ignored in training, as in trainIds.
    """

    def __init__(self, job: Job) -> None:
        self._job = job

    def add(self, picture: Picture, labels: Pixels) -> None:
        """Ids, training ids, colours and the image."""
        place = f"{picture.split}/{picture.city}/{picture.leaf}"
        out = self._job.out
        ids = encode_label_png(labels)
        colours = export_palette(self._job.classes)[labels]
        out.write(f"gtFine/{place}_gtFine_labelIds.png", ids)
        out.write(f"gtFine/{place}_gtFine_labelTrainIds.png", ids)
        png = cv2.imencode(".png", colours[:, :, ::-1])[1].tobytes()
        out.write(f"gtFine/{place}_gtFine_color.png", png)
        if self._job.options.with_images:
            out.write(f"leftImg8bit/{place}_leftImg8bit.png", encoded(picture, ".png"))

    def finish(self) -> None:
        """What the ids mean."""
        self._job.out.write_json("classes.json", classes_json(self._job.classes))


class MmsegWriter:
    """MMSegmentation's `img_dir` and `ann_dir`, and the class that loads them."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def add(self, picture: Picture, labels: Pixels) -> None:
        """Mask and image of one suffix: MMSegmentation wants all alike."""
        out = self._job.out
        out.write(f"ann_dir/{picture.split}/{picture.stem}.png", encode_label_png(labels))
        if self._job.options.with_images:
            out.write(f"img_dir/{picture.split}/{picture.stem}.png", encoded(picture, ".png"))

    def finish(self) -> None:
        """`dataset.py`: the classes by index, gaps named, and their colours."""
        table = self._job.classes
        count = table.count_for_model
        names = [table.by_id(i).name if table.has(i) else f"unused {i}" for i in range(count)]
        palette = [list(table.by_id(i).colour) if table.has(i) else [0, 0, 0] for i in range(count)]
        code = _MMSEG.replace("CLASSES", repr(tuple(names))).replace("PALETTE", repr(palette))
        self._job.out.write_text("dataset.py", code)


class HuggingFaceWriter:
    """Hugging Face's `imagefolder`: images, masks and `metadata.jsonl` in each split."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lines: dict[str, list[str]] = {}

    def add(self, picture: Picture, labels: Pixels) -> None:
        """Image, mask and a line."""
        image = f"images/{picture.stem}{picture.suffix}"
        mask = f"masks/{picture.stem}.png"
        out = self._job.out
        out.write(f"{picture.split}/{mask}", encode_label_png(labels))
        out.write(f"{picture.split}/{image}", image_bytes(picture))
        line = json.dumps({"file_name": image, "mask_file_name": mask}, ensure_ascii=False)
        self._lines.setdefault(picture.split, []).append(line)

    def finish(self) -> None:
        """The lists, `id2label.json` and a loader."""
        for split, lines in self._lines.items():
            self._job.out.write_text(f"{split}/metadata.jsonl", "\n".join(lines) + "\n")
        names = {str(item.id): item.name for item in self._job.classes}
        self._job.out.write_json("id2label.json", names)
        self._job.out.write_text("load.py", _HUGGING_FACE)


_MMSEG = '''"""The data set beside this file, for MMSegmentation 1.x. 255 is ignored."""

from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS


@DATASETS.register_module()
class MaskloopDataset(BaseSegDataset):
    METAINFO = {"classes": CLASSES, "palette": PALETTE}

    def __init__(self, **options):
        options.setdefault("ignore_index", 255)
        options.setdefault("reduce_zero_label", False)
        super().__init__(img_suffix=".png", seg_map_suffix=".png", **options)


# dict(type="MaskloopDataset", data_root="<this folder>",
#      data_prefix=dict(img_path="img_dir/train", seg_map_path="ann_dir/train"))
'''

_HUGGING_FACE = '''"""The data set beside this file: images, and masks of class ids (255: none)."""

import json
from pathlib import Path

HERE = Path(__file__).parent
NAMES = json.loads((HERE / "id2label.json").read_text("utf-8"))
ID2LABEL = {int(class_id): name for class_id, name in NAMES.items()}


def load():
    """A `datasets.DatasetDict` with the splits that exist."""
    from datasets import load_dataset

    return load_dataset("imagefolder", data_dir=str(HERE))


def pairs(split):
    """The same without `datasets`: pairs of an image path and a mask path."""
    folder = HERE / split
    for line in (folder / "metadata.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        yield folder / entry["file_name"], folder / entry["mask_file_name"]
'''

_VOC_LISTS = tuple(f"ImageSets/Segmentation/{name}.txt" for name in _LISTS)
_VOC_FILES = ("SegmentationClass/{stem}.png", "JPEGImages/{stem}.jpg", "classes.json", *_VOC_LISTS)

_SPLIT_AND_IMAGES = ("split", "with_images")

FORMATS = {
    "voc-dataset": Format(
        "Pascal VOC data set",
        tuple(f"{VocWriter.root}{path}" for path in _VOC_FILES),
        VocWriter,
        description="The folders of VOC 2012 with images, palette masks and lists.",
        masks=(MaskFile(f"{VocWriter.root}{_VOC_FILES[0]}", Kind.PALETTE),),
        images=(f"{VocWriter.root}{_VOC_FILES[1]}",),
        options=_SPLIT_AND_IMAGES,
    ),
    "cvat": Format(
        "CVAT segmentation mask 1.1",
        (*_VOC_FILES, "labelmap.txt"),
        CvatWriter,
        description="Coloured masks with labelmap.txt and lists, to upload into CVAT.",
        masks=(MaskFile(_VOC_FILES[0], Kind.COLOURS),),
        images=(_VOC_FILES[1],),
        options=_SPLIT_AND_IMAGES,
    ),
    "cityscapes": Format(
        "Cityscapes folders",
        (
            "gtFine/{split}/{city}/{leaf}_gtFine_labelIds.png",
            "gtFine/{split}/{city}/{leaf}_gtFine_labelTrainIds.png",
            "gtFine/{split}/{city}/{leaf}_gtFine_color.png",
            "leftImg8bit/{split}/{city}/{leaf}_leftImg8bit.png",
            "classes.json",
        ),
        CityscapesWriter,
        description="gtFine and leftImg8bit by split; your class numbers, not those of Cityscapes.",
        masks=(
            MaskFile("gtFine/{split}/{city}/{leaf}_gtFine_labelIds.png"),
            MaskFile("gtFine/{split}/{city}/{leaf}_gtFine_labelTrainIds.png"),
            MaskFile("gtFine/{split}/{city}/{leaf}_gtFine_color.png", Kind.COLOURS),
        ),
        images=("leftImg8bit/{split}/{city}/{leaf}_leftImg8bit.png",),
        options=_SPLIT_AND_IMAGES,
    ),
    "mmseg": Format(
        "MMSegmentation folders",
        ("ann_dir/{split}/{stem}.png", "img_dir/{split}/{stem}.png", "dataset.py"),
        MmsegWriter,
        description="img_dir and ann_dir by split, and the class that loads them.",
        masks=(MaskFile("ann_dir/{split}/{stem}.png"),),
        images=("img_dir/{split}/{stem}.png",),
        options=_SPLIT_AND_IMAGES,
    ),
    "huggingface": Format(
        "Hugging Face image folder",
        (
            "{split}/masks/{stem}.png",
            "{split}/images/{stem}{suffix}",
            "{split}/metadata.jsonl",
            "id2label.json",
            "load.py",
        ),
        HuggingFaceWriter,
        description="Images, masks and metadata by split, and a script that loads them.",
        masks=(MaskFile("{split}/masks/{stem}.png"),),
        images=("{split}/images/{stem}{suffix}",),
        options=("split",),
    ),
}
