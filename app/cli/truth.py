"""Finished masks in a folder, found by the name of their image."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from app.cli.terminal import CommandError
from app.document.errors import DocumentError
from app.document.files import read_label_png
from app.document.images import find_images, load_image
from segmodels.simulation import FinishedImage


class TruthFolder:
    """Grey id PNGs: `sub/a.png` or `sub/a.jpg.png` for the image `sub/a.jpg`; or `a.png`."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder: give the folder of the true masks.")
        self.folder = folder
        self._files: dict[str, Path] = {}
        for path in sorted(folder.rglob("*.png")):
            self._files[path.relative_to(folder).as_posix()] = path
            self._files.setdefault(path.name, path)

    def find(self, image_name: str) -> Path | None:
        """The mask of the image of that name, as its project calls it; None if there is none."""
        name = PurePosixPath(image_name)
        stem = name.with_suffix(".png")
        for candidate in (f"{name}.png", str(stem), f"{name.name}.png", stem.name):
            if candidate in self._files:
                return self._files[candidate]
        return None

    def read(self, image_name: str, size: tuple[int, int]) -> NDArray[np.uint8]:
        """(H, W) uint8 ids, 255 = of no class. Raises CommandError when none of `size` is there."""
        path = self.find(image_name)
        if path is None:
            raise CommandError(f"There is no true mask for {image_name} in {self.folder}.")
        try:
            labels, _ = read_label_png(path)
        except (OSError, DocumentError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        if labels.shape != size:
            raise CommandError(
                f"{path} is {labels.shape[1]} x {labels.shape[0]} pixels, "
                f"but {image_name} is {size[1]} x {size[0]}."
            )
        return labels


def finished_names(folder: Path, truth: TruthFolder) -> list[str]:
    """The images of a folder that have a true mask, in order. Raises CommandError without any."""
    names = [name for name in find_images(folder) if truth.find(name) is not None]
    if not names:
        raise CommandError(f"No mask in {truth.folder} has the name of an image in {folder}.")
    return names


def load_finished(
    folder: Path, truth: TruthFolder, name: str, *, long_side: int = 0
) -> FinishedImage:
    """An image with its truth, both shrunk until the long side fits; 0 leaves them as they are.

    Raises CommandError or ImageReadError.
    """
    image = load_image(folder / name)
    labels = truth.read(name, (image.shape[0], image.shape[1]))
    return shrunk(FinishedImage(name, image, labels), long_side)


def shrunk(finished: FinishedImage, long_side: int) -> FinishedImage:
    """The image and its truth with a long side of that many pixels at most; 0 = as it is."""
    longest = max(finished.truth.shape)
    if not long_side or longest <= long_side:
        return finished
    height, width = (max(1, round(side * long_side / longest)) for side in finished.truth.shape)
    image = cv2.resize(finished.image, (width, height), interpolation=cv2.INTER_AREA)
    labels = cv2.resize(finished.truth, (width, height), interpolation=cv2.INTER_NEAREST)
    return FinishedImage(finished.name, image.astype(np.uint8), labels.astype(np.uint8))
