"""What the header of a TIFF tells, and a small version of a large one, without decoding it all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def size_of(file: IO[bytes]) -> tuple[int, int] | None:
    """Width and height of the first page; None when it is no TIFF that can be read."""
    file.seek(0)
    if file.read(4) not in STARTS:
        return None
    import tifffile  # Slow to import, and seldom needed.

    try:
        file.seek(0)
        with tifffile.TiffFile(file) as tiff:
            page = tiff.pages.first
            return int(page.imagewidth), int(page.imagelength)
    except Exception:
        # tifffile raises nearly anything on hostile files.
        return None


def has_planes(source: bytes | Path) -> bool:
    """Whether a TIFF stores its bands one after the other, which OpenCV reads as a jumble."""
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(source) if isinstance(source, bytes) else source) as file:
            page = file.pages.first
            return page.planarconfig == 2 and page.samplesperpixel > 1
    except Exception:
        # tifffile raises nearly anything on hostile files; decoding then tells what is wrong.
        return False


def read_first_page(data: bytes) -> NDArray[Any]:
    """The first page as (H, W) or (H, W, C) of its own kind of numbers. Raises nearly anything."""
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        pixels = page.asarray()
        axes = page.axes
    return np.moveaxis(pixels, 0, -1) if axes in ("SYX", "CYX") else pixels


def read_uncompressed(path: Path, into: NDArray[np.uint8]) -> bool:
    """Read a page that lies in the file as it is in memory; False when it does not."""
    import tifffile

    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        is_as_it_is = page.is_memmappable and page.shape == into.shape and page.dtype == into.dtype
        offset = page.dataoffsets[0]
    if not is_as_it_is:
        return False
    with path.open("rb", buffering=0) as raw:
        raw.seek(offset)
        rest = into.reshape(-1).data
        while len(rest) and (count := raw.readinto(rest)):
            rest = rest[count:]
    return len(rest) == 0


def small_version(path: Path, side: int) -> NDArray[Any] | None:
    """A page about `side` pixels long or longer, made beforehand and stored in the file, or None.

    Of an uncompressed page every n-th pixel is read.
    """
    import tifffile

    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        smaller = [level for level in series.levels[1:] if max(level.shape) >= side]
        if smaller:
            return np.asarray(smaller[-1].asarray())
        page = file.pages.first
        is_mapped = page.is_memmappable
    if not is_mapped:
        return None
    mapped = tifffile.memmap(path, page=0, mode="r")
    step = max(1, max(mapped.shape) // side)
    return np.array(mapped[::step, ::step])
