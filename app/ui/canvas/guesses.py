"""The prediction in halving sizes for the canvas; that of a large image is made beside the GUI."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.document.id_pyramid import AT_ONCE, IdPyramid, Ids
from app.document.layers import with_parts
from app.ui.tools.background import Background

if TYPE_CHECKING:
    from app.document.layers import ImageLayers, PredictionPart

Arrays = tuple[Ids | None, Ids | None]
Levels = tuple[IdPyramid | None, IdPyramid | None]


class GuessLevels(QObject):
    """`built` brings the levels of prediction and confidence that were asked for last.

    Parts of a prediction to come are put over a copy of them: `patched` tells the box.
    """

    built = Signal(object, object)
    patched = Signal(int, int, int, int)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._wanted: Arrays = (None, None)
        self._parts: list[PredictionPart] = []
        self._copies: Levels | None = None

    def build(self, layers: ImageLayers, *, with_confidence: bool) -> None:
        """Make the levels of the whole prediction of an image, and of its confidence."""
        self._parts = []
        self._show(layers, with_confidence=with_confidence)

    def build_again(self, layers: ImageLayers, *, with_confidence: bool) -> None:
        """Make them with the confidence, or without it; parts that have come stay."""
        self._show(layers, with_confidence=with_confidence)

    def add(self, layers: ImageLayers, part: PredictionPart, *, with_confidence: bool) -> None:
        """A part of the next prediction has come."""
        self._parts.append(part)
        if len(self._parts) == 1:
            self._show(layers, with_confidence=with_confidence)
        elif self._copies is not None:
            _paste(self._copies, part)
            self.patched.emit(*part.box)

    def forget(self) -> None:
        """What is still being made is of an image that has left."""
        self._wanted, self._parts, self._copies = (None, None), [], None

    def _show(self, layers: ImageLayers, *, with_confidence: bool) -> None:
        arrays = (layers.prediction, layers.confidence if with_confidence else None)
        self._wanted, self._copies = arrays, None
        parts = list(self._parts)
        make = partial(_levels, arrays)
        if parts:
            make = partial(_copied, arrays, layers.labels.shape, parts, with_confidence)
        if layers.labels.size <= AT_ONCE:
            self._take(arrays, parts, make())
        else:
            self._background.run(make, partial(self._take, arrays, parts))

    def _take(self, arrays: Arrays, parts: list[PredictionPart], levels: Levels) -> None:
        if arrays is not self._wanted:
            return
        if parts:
            self._copies = levels
            for part in self._parts[len(parts) :]:
                _paste(levels, part)
        self.built.emit(*levels)


def _levels(arrays: Arrays) -> Levels:
    prediction, confidence = (None if ids is None else IdPyramid(ids) for ids in arrays)
    return prediction, confidence


def _copied(
    arrays: Arrays, size: tuple[int, int], parts: list[PredictionPart], with_confidence: bool
) -> Levels:
    """Levels of copies with these parts in them; where nothing was predicted, nothing is."""
    prediction, confidence = arrays
    sure = np.zeros(size, np.uint8) if confidence is None else confidence.copy()
    copies = (
        IdPyramid(with_parts(prediction, size, ())),
        IdPyramid(sure) if with_confidence else None,
    )
    for part in parts:
        _paste(copies, part)
    return copies


def _paste(levels: Levels, part: PredictionPart) -> None:
    x0, y0, x1, y1 = part.box
    for level, values in zip(levels, (part.labels, part.confidence), strict=True):
        if level is not None:
            level.base[y0:y1, x0:x1] = values
            level.follow(x0, y0, x1, y1)
