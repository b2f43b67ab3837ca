"""Single tiles or strips of a TIFF page, decoded one by one."""

from __future__ import annotations

import struct
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]


class SegmentReader:
    """One page of an open file. Any thread; one segment at a time.

    `grid` is the (rows, columns) of segments, each `chunk` = (height, width) pixels but at the
    lower and right border.
    """

    def __init__(self, file: Any, page: Any) -> None:
        self._file = file
        self._page = page
        self._lock = threading.Lock()
        self.height, self.width = int(page.imagelength), int(page.imagewidth)
        self.chunk = (int(page.chunks[0]), int(page.chunks[1]))
        self.grid = (int(page.chunked[0]), int(page.chunked[1]))
        self.range: tuple[float, float] | None = None
        self.is_8_bit = page.dtype == np.uint8

    @staticmethod
    def can_read(page: Any) -> bool:
        """Whether its pixels lie together, as numbers that can be shown."""
        is_together = page.planarconfig == 1 or page.samplesperpixel == 1
        return is_together and page.dtype is not None and page.dtype.kind in "uif" and page.ndim < 4

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of a segment on the page."""
        y, x = row * self.chunk[0], column * self.chunk[1]
        return x, y, min(self.width, x + self.chunk[1]), min(self.height, y + self.chunk[0])

    def values(self, row: int, column: int) -> NDArray[Any]:
        """(h, w, C) as stored; zeros where the file holds nothing. Raises nearly anything."""
        index = row * self.grid[1] + column
        offset, count = self._page.dataoffsets[index], self._page.databytecounts[index]
        x0, y0, x1, y1 = self.box(row, column)
        shape = (y1 - y0, x1 - x0, int(self._page.samplesperpixel))
        if count == 0:
            return np.zeros(shape, self._page.dtype)
        with self._lock:
            handle = self._file.filehandle
            handle.seek(offset)
            data = handle.read(count)
        try:
            decoded = self._page.decode(data, index, jpegtables=self._page.jpegtables)[0]
            values = np.asarray(decoded).reshape(-1, *np.shape(decoded)[-2:])
        except Exception:
            # Without the imagecodecs package tifffile knows few compressions; libtiff knows them.
            values = _by_opencv(self._page, data, self.chunk[0] if self._page.is_tiled else y1 - y0)
        return values[: shape[0], : shape[1]]

    def close(self) -> None:
        """Close the file, of all its pages."""
        self._file.close()

    def rgb(self, row: int, column: int) -> Rgb:
        """The segment for the screen, (h, w, 3) uint8."""
        values = self.values(row, column)
        values = values[:, :, :3] if values.shape[2] >= 3 else values[:, :, :1]
        if values.dtype != np.uint8:
            low, high = self.range or (float(values.min()), float(values.max()))
            scale = 255.0 / (high - low) if high > low else 0.0
            scaled = (np.nan_to_num(values.astype(np.float32)) - low) * scale
            values = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
        if values.shape[2] == 1:
            values = np.repeat(values, 3, axis=2)
        return np.ascontiguousarray(values)


def _by_opencv(page: Any, data: bytes, height: int) -> NDArray[Any]:
    """Decode a segment as a small TIFF of its own."""
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    decoded = cv2.imdecode(np.frombuffer(_as_file(page, data, height), np.uint8), flags)
    if decoded is None:
        raise ValueError(f"compression {page.compression} is not known")
    pixels = np.asarray(decoded)
    if pixels.ndim == 2:
        return pixels[:, :, None]
    return pixels[:, :, (2, 1, 0, 3)[: pixels.shape[2]]]


def _as_file(page: Any, data: bytes, height: int) -> bytes:
    """A TIFF (specification 6.0) with one strip: the segment, described as its page is."""
    width = int(page.chunks[1])
    samples = int(page.samplesperpixel)
    tables = page.jpegtables or b""
    kind = {"u": 1, "i": 2, "f": 3}[page.dtype.kind]
    tags: list[tuple[int, str, tuple[int, ...] | bytes]] = [
        (256, "I", (width,)),
        (257, "I", (height,)),
        (258, "H", (8 * page.dtype.itemsize,) * samples),
        (259, "H", (int(page.compression),)),
        (262, "H", (int(page.photometric),)),
        (273, "I", (8,)),
        (277, "H", (samples,)),
        (278, "I", (height,)),
        (279, "I", (len(data),)),
        (284, "H", (1,)),
        (339, "H", (kind,) * samples),
    ]
    if page.predictor != 1:
        tags.insert(-1, (317, "H", (int(page.predictor),)))
    if tables:
        tags.append((347, "B", tables))
    if 530 in page.tags:
        tags.append((530, "H", tuple(page.tags[530].value)))
    order = page.parent.byteorder
    start = 8 + len(data) + len(data) % 2
    extra_at = start + 2 + 12 * len(tags) + 4
    directory, extra = struct.pack(f"{order}H", len(tags)), b""
    for tag, code, values in tags:
        packed = (
            values
            if isinstance(values, bytes)
            else struct.pack(f"{order}{len(values)}{code}", *values)
        )
        head = struct.pack(f"{order}HHI", tag, {"B": 7, "H": 3, "I": 4}[code], len(values))
        if len(packed) <= 4:
            directory += head + packed.ljust(4, b"\0")
        else:
            directory += head + struct.pack(f"{order}I", extra_at + len(extra))
            extra += packed + b"\0" * (len(packed) % 2)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(f"{order}I", start)
    return head + data + b"\0" * (len(data) % 2) + directory + bytes(4) + extra


def open_levels(path: Path) -> list[SegmentReader]:
    """The page at full size and its smaller versions in the file, largest first.

    Empty when the file is none that is read in parts. Raises nearly anything on hostile files.
    """
    import tifffile

    file = tifffile.TiffFile(path)
    levels = file.series[0].levels if file.series else []
    readers = []
    for level in levels:
        page = level.pages[0]
        if page is not None and SegmentReader.can_read(page):
            readers.append(SegmentReader(file, page))
    if not readers or readers[0].width != file.pages.first.imagewidth:
        file.close()
        return []
    return readers
