"""The prediction in halving sizes for the canvas; that of a large image is made beside the GUI."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.document.id_pyramid import AT_ONCE, IdPyramid, Ids
from app.ui.tools.background import Background

if TYPE_CHECKING:
    from app.document.layers import ImageLayers

Arrays = tuple[Ids | None, Ids | None]
Levels = tuple[IdPyramid | None, IdPyramid | None]


class GuessLevels(QObject):
    """`built` brings the levels of prediction and confidence that were asked for last."""

    built = Signal(object, object)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._wanted: Arrays = (None, None)

    def build(self, layers: ImageLayers, *, with_confidence: bool) -> None:
        """Make the levels of the prediction of an image, and of its confidence."""
        arrays = (layers.prediction, layers.confidence if with_confidence else None)
        self._wanted = arrays
        if layers.labels.size <= AT_ONCE:
            self.built.emit(*_levels(arrays))
        else:
            self._background.run(partial(_levels, arrays), partial(self._take, arrays))

    def forget(self) -> None:
        """What is still being made is of an image that has left."""
        self._wanted = (None, None)

    def _take(self, arrays: Arrays, levels: Levels) -> None:
        if arrays is self._wanted:
            self.built.emit(*levels)


def _levels(arrays: Arrays) -> Levels:
    prediction, confidence = (None if ids is None else IdPyramid(ids) for ids in arrays)
    return prediction, confidence
