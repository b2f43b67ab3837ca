"""The picture of chosen bands, made beside the GUI: the latest wish is shown when it is ready."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.document.bands import BandLooks, on_screen
from app.document.pyramid import ImagePyramid
from app.ui.tools.background import Background

if TYPE_CHECKING:
    from app.opening import OpenImage


class BandPictures(QObject):
    """`made` brings the picture of an image as it was asked for last."""

    made = Signal(object)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._wanted: tuple[OpenImage, BandLooks] | None = None
        self._is_working = False

    def show(self, image: OpenImage | None, looks: BandLooks | None) -> None:
        """Make the picture of these bands; without looks the usual one comes at once."""
        if image is None or image.bands is None or looks is None:
            self._wanted = None
            if image is not None:
                self.made.emit(image.pyramid)
            return
        if self._wanted == (image, looks):
            return
        self._wanted = (image, looks)
        if not self._is_working:
            self._begin(self._wanted)

    def _begin(self, wanted: tuple[OpenImage, BandLooks]) -> None:
        self._is_working = True
        image, looks = wanted
        if (bands := image.bands) is not None:
            self._background.run(
                lambda: ImagePyramid.build(on_screen(bands, looks)), partial(self._take, wanted)
            )

    def _take(self, wanted: tuple[OpenImage, BandLooks], picture: ImagePyramid) -> None:
        self._is_working = False
        if self._wanted is None:
            return
        if self._wanted == wanted:
            self.made.emit(picture)
        else:
            # A slider moved on meanwhile: what was wished in between is left out.
            self._begin(self._wanted)
