"""What all exports share: which pictures and wishes, under which names, and what a format is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.document.classes import ClassTable
from app.document.export.output import Output
from app.document.file_names import name_key, portable, portable_folder
from app.document.images import load_image

Pixels = NDArray[np.uint8]


class Which(StrEnum):
    """Which images and pixels are exported."""

    ALL = "all"
    REVIEWED = "reviewed"
    LABELS_ONLY = "labels_only"


@dataclass(frozen=True)
class Split:
    """How pictures are dealt out. Shares are 0..1; what is left over is for training.

    Pictures whose names agree in the first group of the regular expression `group` (a patient, a
    video) stay together. The same seed and names give the same split.
    """

    validation: float = 0.2
    test: float = 0.0
    seed: int = 0
    group: str = ""


@dataclass(frozen=True)
class ExportOptions:
    """Wishes that some formats heed. `pixel_size` is the side of a pixel in `unit`."""

    split: Split = field(default_factory=Split)
    with_images: bool = True
    as_polygons: bool = False
    with_background: bool = False
    one_hot: bool = True
    pixel_size: float = 1.0
    unit: str = "px"
    opacity: float = 0.5


@dataclass(frozen=True)
class Picture:
    """An image to export. `stem` is its path in the export without suffix, unique.

    `split` is train, val or test. `is_upright`: stored as displayed, so that a copy of the file
    fits its mask for readers that ignore EXIF.
    """

    name: str
    stem: str
    path: Path
    width: int
    height: int
    split: str = "train"
    is_upright: bool = True

    @property
    def suffix(self) -> str:
        """Of the image when it is copied along; one that must be turned becomes a PNG."""
        return self.path.suffix.lower() if self.is_upright else ".png"

    @property
    def city(self) -> str:
        """Its folder as one name; `all` for images without one."""
        return _city(self.stem)

    @property
    def leaf(self) -> str:
        """The last part of its stem."""
        return self.stem.rpartition("/")[2]

    def rgb(self) -> Pixels:
        """The (H, W, 3) uint8 image. Raises `ImageReadError`."""
        return load_image(self.path)


@dataclass(frozen=True)
class Job:
    """What a writer needs to know at its start."""

    classes: ClassTable
    pictures: Sequence[Picture]
    out: Output
    options: ExportOptions


class Writer(Protocol):
    """Writes one format: `add` once for each picture, then `finish`."""

    def add(self, picture: Picture, labels: Pixels) -> None:
        """Take the (H, W) uint8 ids of a picture, 255 = unlabelled."""

    def finish(self) -> None:
        """Write what belongs to all pictures together."""


class Kind(StrEnum):
    """How a mask picture holds its classes."""

    IDS = "ids"
    WIDE_IDS = "16-bit ids"
    PALETTE = "palette"
    COLOURS = "colours"


@dataclass(frozen=True)
class MaskFile:
    """A mask picture that a format writes for each image."""

    path: str
    kind: Kind = Kind.IDS


@dataclass(frozen=True)
class Format:
    """One way to export. `files` are its paths; `{stem}` and other
    words in braces are attributes of a `Picture`.

    `description` is a line for who has to choose. `masks` and `images` are those of the files that
    hold a picture for each image, and `options` the fields of `ExportOptions` that it heeds.
    """

    title: str
    files: tuple[str, ...]
    make: Callable[[Job], Writer]
    description: str = ""
    masks: tuple[MaskFile, ...] = ()
    images: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    def image_patterns(self, options: ExportOptions) -> tuple[str, ...]:
        """The paths of the pictures that travel along."""
        is_wished = options.with_images or "with_images" not in self.options
        return self.images if is_wished else ()

    def paths(self, pictures: Iterable[Picture], options: ExportOptions | None = None) -> list[str]:
        """Every file that may be written for these pictures; without wishes, under any."""
        left_out = set(self.images) - set(self.image_patterns(options or ExportOptions()))
        patterns = [pattern for pattern in self.files if pattern not in left_out]
        paths: dict[str, None] = {}
        for picture in pictures:
            paths |= dict.fromkeys(path_for(pattern, picture) for pattern in patterns)
        return list(paths)


def unique_stems(names: Sequence[str]) -> dict[str, str]:
    """`sub/a.jpg` -> `sub/a`; `sub/a.jpg` stays whole where `sub/a.png` is there too.

    Every disk can hold what is returned and tell it apart, also as one name with its folders.
    """
    shared = Counter(name_key(_stem(name)) for name in names)
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        is_shared = shared[name_key(_stem(name))] > 1
        stem = wanted = portable(name if is_shared else _stem(name))
        number = 2
        while not taken.isdisjoint(keys := {name_key(stem), _flat_key(stem)}):
            stem, number = f"{wanted}~{number}", number + 1
        taken |= keys
        stems[name] = stem
    return stems


def _flat_key(stem: str) -> str:
    """Of its city and leaf; not equal to the key of any stem."""
    return name_key(f"//{_city(stem)}/{stem.rpartition('/')[2]}")


def _city(stem: str) -> str:
    return portable_folder(stem.rpartition("/")[0].replace("/", "_")) or "all"


def classes_json(classes: ClassTable) -> dict[str, Any]:
    """What the ids mean, for `classes.json`."""
    return {
        "classes": [
            {"id": item.id, "name": item.name, "colour": list(item.colour)} for item in classes
        ],
        "unlabelled": 255,
    }


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def path_for(pattern: str, picture: Picture) -> str:
    """A path of a format for one picture. Not `str.format`: names of images may hold braces."""
    for key in ("stem", "split", "suffix", "city", "leaf"):
        pattern = pattern.replace(f"{{{key}}}", getattr(picture, key))
    return pattern
