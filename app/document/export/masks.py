"""Exports of one picture for each image: ids, palette, colours, overlay, arrays."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.document.classes import UNLABELLED, ClassTable
from app.document.export.frame import Format, Job, Picture, Pixels, classes_json
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
    """NumPy archives: `labels` (H, W) uint8 and `one_hot` (C, H, W) bool, in the order of ids."""

    def add(self, picture: Picture, labels: Pixels) -> None:
        """One archive."""
        ids = np.array([item.id for item in self._job.classes], np.uint8)
        one_hot = labels[None] == ids[:, None, None]
        buffer = io.BytesIO()
        np.savez_compressed(buffer, labels=labels, one_hot=one_hot, ids=ids)
        self._job.out.write(f"{picture.stem}.npz", buffer.getvalue())


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


def voc_colours() -> Pixels:
    """Pascal VOC's own colour of each id: (256, 3) uint8 RGB."""
    table = np.zeros((256, 3), np.uint8)
    for class_id in range(256):
        rest = class_id
        for bit in range(7, -1, -1):
            table[class_id] |= np.array([(rest >> k & 1) << bit for k in range(3)], np.uint8)
            rest >>= 3
    return table


def _encoded(suffix: str, pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    return cv2.imencode(suffix, pixels)[1].tobytes()


_NAMED_PNG = ("{stem}.png", "classes.json")

FORMATS = {
    "ids": Format("Grey PNG, value = class id (safe in every reader)", _NAMED_PNG, IdsWriter),
    "voc": Format("Pascal VOC, PNG with palette", _NAMED_PNG, PaletteWriter),
    "ids16": Format("Grey 16-bit PNG, value = class id", _NAMED_PNG, WideIdsWriter),
    "colours": Format("RGB PNG in the classes' colours", _NAMED_PNG, ColoursWriter),
    "overlay": Format("Overlay pictures, to look at", ("{stem}.jpg",), OverlayWriter),
    "npz": Format("NumPy archive with one-hot masks", ("{stem}.npz", "classes.json"), ArraysWriter),
}
