"""A picture larger than memory: tiles are decoded when they are looked at, the latest are kept."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.tiff_segments import SegmentReader, open_levels

logger = logging.getLogger(__name__)

KEPT_BYTES = 400_000_000
OVERVIEW = 2048
"""Pixels of the longer side of the small picture that is always there."""
_FINEST_SHARE = 8
_TELL_EVERY = 40
_SAMPLED = 16

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
Key = tuple[int, int, int, int]


class LazyPicture:
    """Level k is about 1 / 2**k of the size, as in ImagePyramid; `block` never waits for the disk.

    What is not decoded yet is drawn from the overview, and a thread decodes it: `arrived(box)`, in
    that thread, tells the image pixels x0, y0, x1, y1 that have become sharp. Call `close`.
    """

    def __init__(self, levels: list[SegmentReader], arrived: Callable[[Box], None]) -> None:
        self._levels = levels
        self._arrived = arrived
        self.size = levels[0].width, levels[0].height
        self._scale = max(1.0, max(self.size) / OVERVIEW)
        width, height = (max(1, round(side / self._scale)) for side in self.size)
        self._overview = np.zeros((height, width, 4), np.uint8)
        self._overview[:, :, 3] = 255
        self._tiles: OrderedDict[Key, Pixels | None] = OrderedDict()
        self._wanted: list[Key] = []
        self._wake = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="maskloop-tiles", daemon=True)
        self._thread.start()

    @property
    def count(self) -> int:
        """How many levels there are."""
        return (
            max(1, int(np.ceil(np.log2(max(self.size) / 512))) + 1) if max(self.size) > 512 else 1
        )

    @property
    def nbytes(self) -> int:
        """Memory that it takes now."""
        tiles = list(self._tiles.values())
        return self._overview.nbytes + sum(tile.nbytes for tile in tiles if tile is not None)

    def shape(self, level: int) -> tuple[int, int]:
        """Height and width of a level."""
        return -(-self.size[1] >> level), -(-self.size[0] >> level)

    def stored(self, level: int) -> Pixels | None:
        """No level is there as a whole."""
        return None

    def block(self, level: int, x0: int, y0: int, x1: int, y1: int) -> Pixels:
        """(h, w, 4) uint8 in the screen's order: sharp where it can be now."""
        result = self._from_overview(level, (x0, y0, x1, y1))
        index, share = self._source(level)
        if share > _FINEST_SHARE:
            return result
        reader, missing = self._levels[index], []
        rows, columns = reader.chunk
        with self._wake:
            for row in range(y0 * share // rows, min(reader.grid[0], -(-y1 * share // rows))):
                for column in range(
                    x0 * share // columns, min(reader.grid[1], -(-x1 * share // columns))
                ):
                    key = (index, share, row, column)
                    if key not in self._tiles:
                        missing.append(key)
                    elif (tile := self._tiles[key]) is not None:
                        self._tiles.move_to_end(key)
                        left, top, _, _ = reader.box(row, column)
                        _paste(tile, result, left // share - x0, top // share - y0)
            if missing:
                # Only what is looked at now; what was scrolled past is no longer wanted.
                self._wanted = missing
                self._wake.notify()
        return result

    def read(self, x0: int, y0: int, x1: int, y1: int) -> Pixels:
        """(h, w, 3) uint8 RGB at full size, decoded now where it is not kept."""
        reader = self._levels[0]
        result = np.zeros((y1 - y0, x1 - x0, 4), np.uint8)
        rows, columns = reader.chunk
        for row in range(y0 // rows, min(reader.grid[0], -(-y1 // rows))):
            for column in range(x0 // columns, min(reader.grid[1], -(-x1 // columns))):
                tile = self._tiles.get((0, 1, row, column))
                if tile is None:
                    tile = self._decoded((0, 1, row, column))
                _paste(tile, result, column * columns - x0, row * rows - y0)
        return np.ascontiguousarray(result[:, :, 2::-1])

    def close(self) -> None:
        """End the thread; the file is closed when it has let go."""
        with self._wake:
            self._is_closed = True
            self._wake.notify()

    def _source(self, level: int) -> tuple[int, int]:
        """The level of the file to decode, and how many of its pixels make one of `level`."""
        best, share = 0, 1 << level
        for index, reader in enumerate(self._levels):
            smaller = round(self.size[0] / reader.width)
            if smaller <= 1 << level and (1 << level) % smaller == 0:
                best, share = index, (1 << level) // smaller
        return best, share

    def _from_overview(self, level: int, box: Box) -> Pixels:
        factor = (1 << level) / self._scale
        matrix = np.array(
            [[factor, 0, (box[0] + 0.5) * factor - 0.5], [0, factor, (box[1] + 0.5) * factor - 0.5]]
        )
        size = (box[2] - box[0], box[3] - box[1])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warped = cv2.warpAffine(
            self._overview, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return np.ascontiguousarray(warped, np.uint8)

    def _run(self) -> None:
        overview = self._fill_overview()
        is_overview_done = False
        while True:
            with self._wake:
                if self._is_closed:
                    break
                key = self._wanted.pop(0) if self._wanted else None
                if key is None and is_overview_done:
                    self._wake.wait()
                    continue
            try:
                if key is not None:
                    self._decode(key)
                elif not next(overview, False):
                    is_overview_done = True
            except Exception:
                logger.exception("a part of a picture cannot be read")
                if key is not None:
                    self._keep(key, None)
        self._levels[0].close()

    def _decode(self, key: Key) -> None:
        self._decoded(key)
        self._arrived(self._on_image(self._levels[key[0]], *key[2:]))

    def _decoded(self, key: Key) -> Pixels:
        index, share, row, column = key
        tile = _shrunk(self._levels[index].rgb(row, column), share)
        pixels = np.asarray(cv2.cvtColor(tile, cv2.COLOR_RGB2BGRA), np.uint8)
        self._keep(key, pixels)
        return pixels

    def _keep(self, key: Key, tile: Pixels | None) -> None:
        with self._wake:
            self._tiles[key] = tile
            while sum(t.nbytes for t in self._tiles.values() if t is not None) > KEPT_BYTES:
                self._tiles.popitem(last=False)

    def _find_range(self, reader: SegmentReader) -> None:
        """Values beyond 8 bits are stretched alike everywhere: by some segments of the picture."""
        if reader.is_8_bit:
            return
        places = [(r, c) for r in range(reader.grid[0]) for c in range(reader.grid[1])]
        chosen = places[:: max(1, len(places) // _SAMPLED)]
        samples = [reader.values(*place)[::4, ::4].ravel() for place in chosen]
        values = np.concatenate(samples).astype(np.float64)
        low, high = np.percentile(values[np.isfinite(values)], (0.1, 99.9))
        for level in self._levels:
            level.range = (float(low), float(high))

    def _fill_overview(self) -> Iterator[bool]:
        """One segment a step, of the smallest level that is not smaller than the overview."""
        fitting = [r for r in self._levels if max(r.width, r.height) >= max(self._overview.shape)]
        reader = (fitting or self._levels[:1])[-1]
        self._find_range(reader)
        across = self._overview.shape[1] / reader.width
        down = self._overview.shape[0] / reader.height
        told = 0
        for row in range(reader.grid[0]):
            for column in range(reader.grid[1]):
                x0, y0, x1, y1 = reader.box(row, column)
                left, top = int(x0 * across), int(y0 * down)
                right, bottom = max(left + 1, int(x1 * across)), max(top + 1, int(y1 * down))
                part = self._overview[top:bottom, left:right]
                if part.size:
                    size = (part.shape[1], part.shape[0])
                    small = cv2.resize(reader.rgb(row, column), size, interpolation=cv2.INTER_AREA)
                    part[:] = cv2.cvtColor(small, cv2.COLOR_RGB2BGRA)
                told += 1
                if told % _TELL_EVERY == 0 or told == reader.grid[0] * reader.grid[1]:
                    self._arrived((0, 0, *self.size))
                yield True

    def _on_image(self, reader: SegmentReader, row: int, column: int) -> Box:
        across, down = self.size[0] / reader.width, self.size[1] / reader.height
        x0, y0, x1, y1 = reader.box(row, column)
        return int(x0 * across), int(y0 * down), int(x1 * across) + 1, int(y1 * down) + 1


def open_lazily(path: Path, arrived: Callable[[Box], None]) -> LazyPicture | None:
    """A TIFF that can be read in parts; None for other files."""
    try:
        levels = open_levels(path)
    except Exception as error:
        # tifffile raises nearly anything on hostile files.
        logger.info("%s is not read in parts: %s", path, error)
        return None
    return LazyPicture(levels, arrived) if levels else None


def _shrunk(rgb: Pixels, share: int) -> Pixels:
    if share == 1:
        return rgb
    size = (max(1, rgb.shape[1] // share), max(1, rgb.shape[0] // share))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _paste(tile: Pixels, target: Pixels, x: int, y: int) -> None:
    """Copy a tile to x, y of a block, as far as it lies inside."""
    left, top = max(0, x), max(0, y)
    right = min(target.shape[1], x + tile.shape[1])
    bottom = min(target.shape[0], y + tile.shape[0])
    if left < right and top < bottom:
        target[top:bottom, left:right] = tile[top - y : bottom - y, left - x : right - x]
