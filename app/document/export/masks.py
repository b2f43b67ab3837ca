"""Exports of one picture for each image: ids, palette, colours, overlay, arrays."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.document.classes import UNLABELLED, ClassTable
from app.document.export.frame import (
    Format,
    Job,
    Kind,
    MaskFile,
    Picture,
    Pixels,
    classes_json,
)
from app.document.files import encode_label_png

VOID_COLOUR = (224, 224, 192)
"""Pascal VOC's colour of 255."""


class IdsWriter:
    """Grey PNGs, value = class id: no reader can misread them."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def add(self, picture: Picture, labels: Pixels) -> None:
        """One PNG."""
        self._job.out.write(f"{picture.stem}.png", encode_label_png(labels))

    def finish(self) -> None:
        """What the ids mean."""
        self._job.out.write_json("classes.json", classes_json(self._job.classes))


class WideIdsWriter(IdsWriter):
    """Grey 16-bit PNGs, for programs that expect them; 65535 = unlabelled."""

    def add(self, picture: Picture, labels: Pixels) -> None:
        """One PNG."""
        wide = labels.astype(np.uint16)
        wide[labels == UNLABELLED] = 65535
        self._job.out.write(f"{picture.stem}.png", _encoded(".png", wide))

    def finish(self) -> None:
        """What the ids mean."""
        content = {**classes_json(self._job.classes), "unlabelled": 65535}
        self._job.out.write_json("classes.json", content)


class PaletteWriter(IdsWriter):
    """Palette PNGs as of Pascal VOC: the index is the id, the colour is the class's."""

    def add(self, picture: Picture, labels: Pixels) -> None:
        """One PNG."""
        self._job.out.write(f"{picture.stem}.png", palette_png(labels, self._job.classes))


class ColoursWriter(IdsWriter):
    """RGB PNGs in the colours of the classes; unlabelled pixels are VOC's void colour."""

    def add(self, picture: Picture, labels: Pixels) -> None:
        """One PNG."""
        colours = export_palette(self._job.classes)[labels]
        self._job.out.write(f"{picture.stem}.png", _encoded(".png", colours[:, :, ::-1]))


class OverlayWriter:
    """The images with the classes' colours over them, to look at."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def add(self, picture: Picture, labels: Pixels) -> None:
        """One JPEG."""
        rgb = picture.rgb()
        opacity = self._job.options.opacity
        coloured = self._job.classes.colour_table()[labels]
        mixed = np.asarray(cv2.addWeighted(rgb, 1.0 - opacity, coloured, opacity, 0.0), np.uint8)
        mixed[labels == UNLABELLED] = rgb[labels == UNLABELLED]
        self._job.out.write(f"{picture.stem}.jpg", _encoded(".jpg", mixed[:, :, ::-1]))

    def finish(self) -> None:
        """Nothing more."""


class ArraysWriter(IdsWriter):
    """NumPy archives: `labels` (H, W) uint8, `ids`, and `one_hot` (C, H, W) bool in their order."""

    def add(self, picture: Picture, labels: Pixels) -> None:
        """One archive."""
        arrays = {"labels": labels, "ids": class_ids(self._job.classes)}
        if self._job.options.one_hot:
            arrays["one_hot"] = labels[None] == arrays["ids"][:, None, None]
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        self._job.out.write(f"{picture.stem}.npz", buffer.getvalue())


def class_ids(classes: ClassTable) -> Pixels:
    """The ids of the classes in order: (C,) uint8."""
    return np.array([item.id for item in classes], np.uint8)


def export_palette(classes: ClassTable) -> Pixels:
    """The colours of the classes and of void: (256, 3) uint8 RGB."""
    table = classes.colour_table()
    table[UNLABELLED] = VOID_COLOUR
    return table


def palette_png(labels: Pixels, classes: ClassTable) -> bytes:
    """An 8-bit PNG with a full palette: a short one makes libpng complain."""
    image = Image.fromarray(labels)
    image.putpalette(export_palette(classes).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", bits=8)
    return buffer.getvalue()


def _encoded(suffix: str, pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    return cv2.imencode(suffix, pixels)[1].tobytes()


_NAMED_PNG = ("{stem}.png", "classes.json")

_PNG = "{stem}.png"

FORMATS = {
    "ids": Format(
        "Grey PNG",
        _NAMED_PNG,
        IdsWriter,
        description="The value of a pixel is its class number: safe in every reader.",
        masks=(MaskFile(_PNG),),
    ),
    "voc": Format(
        "Palette PNG (Pascal VOC)",
        _NAMED_PNG,
        PaletteWriter,
        description="The index of a pixel is its class number, its colour that of the class.",
        masks=(MaskFile(_PNG, Kind.PALETTE),),
    ),
    "ids16": Format(
        "Grey PNG, 16 bit",
        _NAMED_PNG,
        WideIdsWriter,
        description="As grey PNG, for programs that expect 16 bits; 65535 is unlabelled.",
        masks=(MaskFile(_PNG, Kind.WIDE_IDS),),
    ),
    "colours": Format(
        "RGB PNG",
        _NAMED_PNG,
        ColoursWriter,
        description="Each pixel in the colour of its class; classes.json tells which is which.",
        masks=(MaskFile(_PNG, Kind.COLOURS),),
    ),
    "overlay": Format(
        "Overlay pictures",
        ("{stem}.jpg",),
        OverlayWriter,
        description="Your images with the colours over them, to look at and to show.",
        images=("{stem}.jpg",),
        options=("opacity",),
    ),
    "npz": Format(
        "NumPy archive",
        ("{stem}.npz", "classes.json"),
        ArraysWriter,
        description="Labels as an array, and a true-or-false layer for each class.",
        options=("one_hot",),
    ),
}
