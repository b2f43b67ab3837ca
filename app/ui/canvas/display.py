"""How masks are displayed: strengths, what is hidden, outlines, confidence; one per window."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.document.bands import BandLooks
from app.ui.canvas.overlay import OverlayStyle, OverlayTables, tables
from app.ui.canvas.tone import Tone


class Comparing(Enum):
    """How two versions of the model are shown."""

    OFF = "off"
    SPLIT = "split"
    BLINK = "blink"


OPACITY = 0.6
PREDICTION_SHARE = 0.5


class Display(QObject):
    """Settings of the view; they never change data. `changed` after every change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.opacity = OPACITY
        # How strong predicted pixels are, as a share of the strength of painted ones.
        self.prediction_share = PREDICTION_SHARE
        self.shows_overlay = True
        self.is_peeking = False
        self.is_outline_only = False
        self.shows_confidence = False
        self.hidden: frozenset[int] = frozenset()
        self.tone = Tone()
        self.bands: BandLooks | None = None
        self.comparing = Comparing.OFF

    def set_value(self, name: str, value: Any) -> None:
        """Change one setting by its name."""
        if name not in self.__dict__:
            raise AttributeError(name)
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.changed.emit()

    def reset(self) -> None:
        """Strengths and tone as they are in a new window."""
        self.opacity, self.prediction_share, self.tone = OPACITY, PREDICTION_SHARE, Tone()
        self.bands = None
        self.changed.emit()

    @property
    def is_overlay_drawn(self) -> bool:
        """False while the masks are hidden or the person looks below them."""
        return self.shows_overlay and not self.is_peeking

    def looks(self, colours: NDArray[np.uint8]) -> OverlayTables:
        """The overlay's colours for a (256, 3) uint8 RGB table of classes."""
        return tables(
            OverlayStyle(
                colours,
                labels_opacity=self.opacity,
                prediction_opacity=self.prediction_share * self.opacity,
                hidden=self.hidden,
                is_outline_only=self.is_outline_only,
                shows_confidence=self.shows_confidence,
            )
        )
