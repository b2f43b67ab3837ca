"""A small picture of a large image while it is being decoded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document.decoding import quick_look
from app.document.images import image_size

SIDE = 2000
EVERY = 0.4  # s

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class FirstLook:
    """The whole image, `size` = (width, height), in fewer pixels: (h, w, 3) uint8 RGB."""

    size: tuple[int, int]
    rgb: Rgb


@contextmanager
def first_looks(path: Path, show: Callable[[FirstLook], None]) -> Iterator[Callable[[Rgb], None]]:
    """While the block decodes a file, `show` what can be seen of it, from this or another thread.

    Yields what `load_image` takes as `watch`. Raises `ImageReadError`.
    """
    size = image_size(path)
    small = quick_look(path, SIDE)
    if small is not None:
        show(FirstLook(size, np.ascontiguousarray(small)))
    watcher = _Watcher(size, show)
    try:
        yield watcher.begin if small is None else lambda pixels: None
    finally:
        watcher.end()


class _Watcher:
    """Shows again and again what is decoded so far of an array that is filled from the top."""

    def __init__(self, size: tuple[int, int], show: Callable[[FirstLook], None]) -> None:
        self._size = size
        self._show = show
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, pixels: Rgb) -> None:
        """This array is about to be filled."""
        self._thread = threading.Thread(target=self._watch, args=(pixels,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """It is filled, or will not be."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, pixels: Rgb) -> None:
        step = max(1, max(self._size) // SIDE)
        while not self._is_over.wait(EVERY):
            self._show(FirstLook(self._size, np.ascontiguousarray(pixels[::step, ::step])))
