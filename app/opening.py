"""Images brought to the screen: decoded, with their layers and history, off the GUI thread."""

from __future__ import annotations

import logging
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED
from app.document.errors import ImageTooLarge
from app.document.first_look import FirstLook, first_looks
from app.document.history import History
from app.document.id_pyramid import IdPyramid
from app.document.images import LARGE, image_size
from app.document.layers import ImageLayers
from app.document.lazy_picture import LazyPicture, open_lazily
from app.document.lazy_rgb import LazyRgb
from app.document.project import ImageItem, Project
from app.document.pyramid import ImagePyramid

logger = logging.getLogger(__name__)

_KEPT_PIXELS = 60_000_000
_PREFETCHED_PIXELS = 30_000_000


@dataclass(eq=False)
class OpenImage:
    """The image on screen. `rgb` is (H, W, 3) uint8; the layers are edited by the session only.

    The levels are what the canvas draws when it is zoomed out. `labels_as_opened` is a copy for
    the engine, None where nothing was labelled. `bands` are the stored values, (H, W, C), of an
    image that is more than 8-bit RGB. Make it off the GUI thread.
    """

    item: ImageItem
    rgb: NDArray[np.uint8]
    pyramid: ImagePyramid | LazyPicture
    layers: ImageLayers
    history: History
    label_levels: IdPyramid
    prediction_levels: IdPyramid | None
    labels_as_opened: NDArray[np.uint8] | None
    bands: NDArray[Any] | None = None

    @classmethod
    def of(
        cls,
        item: ImageItem,
        pyramid: ImagePyramid | LazyPicture,
        layers: ImageLayers,
        history: History,
        bands: NDArray[Any] | None = None,
        *,
        rgb: Any = None,
    ) -> OpenImage:
        """Put together what was read of an image."""
        guess = None if layers.prediction is None else IdPyramid(layers.prediction)
        return cls(
            item,
            pyramid.rgb if isinstance(pyramid, ImagePyramid) else rgb,
            pyramid,
            layers,
            history,
            label_levels=IdPyramid(layers.labels),
            prediction_levels=guess,
            labels_as_opened=layers.labels.copy() if layers.has_labels else None,
            bands=bands,
        )

    @property
    def is_giant(self) -> bool:
        """Whether it is read in parts; then `rgb` is a LazyRgb, and no model sees it."""
        return isinstance(self.pyramid, LazyPicture)

    def close(self) -> None:
        """The image leaves the screen."""
        if isinstance(self.pyramid, LazyPicture):
            self.pyramid.close()


@dataclass(frozen=True)
class PicturePart:
    """A part x0, y0, x1, y1 of a picture that is read in parts has become sharp."""

    box: tuple[int, int, int, int]


Arrival = OpenImage | FirstLook | PicturePart | Exception


def open_giant(
    project: Project, image_id: int, arrived: Callable[[tuple[int, int, int, int]], None]
) -> OpenImage | None:
    """An image that is not decoded as a whole; None when its file cannot be read in parts.

    Its labels can be painted if they fit into memory and into a PNG; else they are read-only.
    """
    picture = open_lazily(project.image_path(image_id), arrived)
    if picture is None:
        return None
    width, height = picture.size
    if width * height <= most_labels():
        layers, history = project.load_layers(image_id, (height, width))
    else:
        nothing = np.broadcast_to(np.uint8(UNLABELLED), (height, width))
        layers, history = ImageLayers(nothing), History()
    return OpenImage.of(project.images[image_id], picture, layers, history, rgb=LazyRgb(picture))


def most_labels() -> int:
    """How many pixels can be painted in one image: a quarter of the memory, and OpenCV's most."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        memory = 8_000_000_000
    return min(2**30 - 1, memory // 4)


class ImageOpener:
    """One thread that decodes images; the last few stay decoded. Large ones have another thread.

    `done(image_id, result)` is called in these threads, with an OpenImage or the exception; for a
    large image with a FirstLook, or several, before.
    """

    def __init__(self, project: Project, done: Callable[[int, Arrival], None]) -> None:
        self._project = project
        self._done = done
        self._wanted: int | None = None
        self._decoded: OrderedDict[int, ImagePyramid] = OrderedDict()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="maskloop-images")
        self._large_thread = ThreadPoolExecutor(1, thread_name_prefix="maskloop-large-images")

    def open(self, image_id: int) -> None:
        """Bring this image; one asked for before and not yet begun is forgotten."""
        self._wanted = image_id
        self._thread.submit(self._open, image_id)

    def prefetch(self, image_id: int) -> None:
        """Decode a neighbour ahead, when nothing else is asked."""
        self._thread.submit(self._prefetch, image_id)

    def forget(self, image_id: int) -> None:
        """The file changed: decode it anew next time."""
        self._thread.submit(self._decoded.pop, image_id, None)

    def run(self, work: Callable[[], None]) -> Future[None]:
        """Do other file work in the same thread, in its turn."""
        return self._thread.submit(work)

    def close(self) -> None:
        """Drop what waits and wait for what is in work."""
        self._wanted = None
        self._thread.shutdown(wait=True, cancel_futures=True)
        # A decoder cannot be stopped; nobody listens to it any more.
        self._large_thread.shutdown(wait=False, cancel_futures=True)

    def _open(self, image_id: int) -> None:
        if image_id != self._wanted:
            return
        path = self._project.image_path(image_id)
        try:
            width, height = image_size(path)
            if width * height >= LARGE:
                self._large_thread.submit(self._open_large, image_id)
                return
            result: OpenImage | Exception = self._with_layers(image_id, self._pixels(image_id))
        except ImageTooLarge as error:
            found = open_giant(
                self._project, image_id, lambda box: self._done(image_id, PicturePart(box))
            )
            result = found or error
        except Exception as error:
            logger.info("image %s does not open: %s", image_id, error)
            result = error
        self._done(image_id, result)

    def _open_large(self, image_id: int) -> None:
        if image_id != self._wanted:
            return
        try:
            path = self._project.image_path(image_id)
            with first_looks(path, partial(self._done, image_id)) as watch:
                rgb = self._project.load_image(image_id, watch)
            if image_id != self._wanted:
                return
            result: OpenImage | Exception = self._with_layers(image_id, ImagePyramid.build(rgb))
        except Exception as error:
            logger.info("large image %s does not open: %s", image_id, error)
            result = error
        self._done(image_id, result)

    def _with_layers(self, image_id: int, pyramid: ImagePyramid) -> OpenImage:
        width, height = pyramid.size
        layers, history = self._project.load_layers(image_id, (height, width))
        bands = self._project.load_bands(image_id)
        if bands is not None and bands.shape[:2] != (height, width):
            bands = None
        return OpenImage.of(self._project.images[image_id], pyramid, layers, history, bands)

    def _prefetch(self, image_id: int) -> None:
        if image_id not in self._project.images:
            return
        try:
            width, height = image_size(self._project.image_path(image_id))
            if width * height <= _PREFETCHED_PIXELS:
                self._pixels(image_id)
        except Exception as error:
            logger.info("image %s cannot be read ahead: %s", image_id, error)

    def _pixels(self, image_id: int) -> ImagePyramid:
        if image_id not in self._decoded:
            self._decoded[image_id] = ImagePyramid.build(self._project.load_image(image_id))
        self._decoded.move_to_end(image_id)
        while len(self._decoded) > 1 and self._decoded_pixels() > _KEPT_PIXELS:
            self._decoded.popitem(last=False)
        return self._decoded[image_id]

    def _decoded_pixels(self) -> int:
        return sum(pyramid.size[0] * pyramid.size[1] for pyramid in self._decoded.values())
