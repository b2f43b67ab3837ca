"""TIFF masks that keep where on the earth their image lies."""

from __future__ import annotations

import io
from typing import Any

from app.document.export.frame import Format, MaskFile, Picture, Pixels
from app.document.export.masks import IdsWriter

_GEO_TAGS = (33550, 33922, 34264, 34735, 34736, 34737, 42112)
"""Pixel scale, tie points, transformation, the three GeoKey tags,and GDAL's metadata."""


class TiffWriter(IdsWriter):
    """Grey 8-bit TIFFs, with the geographic tags of a TIFF source."""

    def add(self, picture: Picture, labels: Pixels) -> None:
        """One TIFF."""
        import tifffile  # Slow to import, and seldom needed.

        buffer = io.BytesIO()
        tags = geo_tags(picture)
        tifffile.imwrite(
            buffer, labels, photometric="minisblack", compression="zlib", extratags=tags
        )
        self._job.out.write(f"{picture.stem}.tif", buffer.getvalue())


def geo_tags(picture: Picture) -> list[tuple[int, int, int, Any, bool]]:
    """The geographic tags of the source, for `tifffile.imwrite(extratags=)`; none is no error."""
    if picture.path.suffix.lower() not in (".tif", ".tiff") or not picture.is_upright:
        return []
    import tifffile  # Slow to import, and seldom needed.

    try:
        with tifffile.TiffFile(picture.path) as file:
            tags = file.pages.first.tags
            return [
                (tag.code, int(tag.dtype), tag.count, tag.value, True)
                for tag in (tags.get(code) for code in _GEO_TAGS)
                if tag is not None
            ]
    except (OSError, ValueError, tifffile.TiffFileError):
        return []


FORMATS = {
    "tiff": Format(
        "Grey TIFF",
        ("{stem}.tif", "classes.json"),
        TiffWriter,
        description="The value is the class number; where on the earth the image lies is kept.",
        masks=(MaskFile("{stem}.tif"),),
    ),
}
