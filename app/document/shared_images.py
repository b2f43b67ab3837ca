"""Decoded images that somebody still holds: the window and the engine use the same pixels."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]

LARGE_TURN = threading.Lock()
"""Held while a large image is decoded."""

_lock = threading.Lock()
_images: WeakValueDictionary[tuple[object, ...], Rgb] = WeakValueDictionary()


def get(path: Path, decode: Callable[[], Rgb]) -> Rgb:
    """The pixels of a file as it is now: those that are held, or else decoded. Any thread."""
    key = _key(path)
    if key is None:
        return decode()
    with _lock:
        found = _images.get(key)
    if found is not None:
        return found
    pixels = decode()
    with _lock:
        return _images.setdefault(key, pixels)


def _key(path: Path) -> tuple[object, ...] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return str(path), status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size
