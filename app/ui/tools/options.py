"""What the tools are set to: size, shape, target, tolerance; one for the whole window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.ui.tools.pixels.morphology import Mending
from app.ui.tools.pixels.stroke import BrushShape
from app.ui.tools.pixels.target import Rule, Target
from app.ui.tools.pixels.threshold import ThresholdRule

MAX_RADIUS = 250


class ToolOptions(QObject):
    """Settings that tools read and the options bar shows; `changed` after every change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.radius = 10
        self.shape = BrushShape.ROUND
        self.target = Target()
        self.tolerance = 20
        self.fill_tolerance = 0
        self.superpixel_size = 24
        self.mending = Mending.FILL_HOLES
        self.mend_size = 3
        self.uses_pressure = True
        self.threshold = ThresholdRule()
        # Set by the threshold tool: how often each grey value occurs in its box; () = no box.
        self.histogram: tuple[int, ...] = ()
        # Set by the canvas: the image pixels x0, y0, x1, y1 on screen, and screen pixels per pixel.
        self.visible = (0, 0, 0, 0)
        self.scale = 1.0

    def set_value(self, name: str, value: object) -> None:
        """Change one setting by its name."""
        if name not in self.__dict__:
            raise AttributeError(name)
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.changed.emit()

    def set_radius(self, radius: int) -> None:
        """The brush radius in image pixels: 0 is the single pixel, n is 2n + 1 pixels wide."""
        self.set_value("radius", min(max(radius, 0), MAX_RADIUS))

    def grow(self, steps: int) -> None:
        """Make the brush larger (or smaller, when negative) by a step that suits its size."""
        for _ in range(abs(steps)):
            step = max(1, round(self.radius * 0.15))
            self.set_radius(self.radius + (step if steps > 0 else -step))

    def set_threshold(self, **changes: Any) -> None:
        """Change fields of the threshold's rule."""
        self.set_value("threshold", replace(self.threshold, **changes))

    def set_level(self, level: int) -> None:
        """Draw the line between bright and dark here, 0..255."""
        self.set_threshold(level=level)

    def set_target_rule(self, rule: Rule, class_id: int = 0) -> None:
        """Choose where tools may write."""
        self.set_value("target", Target(rule, class_id, self.target.locked))

    def set_locked(self, locked: frozenset[int]) -> None:
        """Choose the classes whose pixels no tool changes."""
        self.set_value("target", Target(self.target.rule, self.target.class_id, locked))
