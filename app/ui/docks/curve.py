"""One small curve; pyqtgraph draws it, and is imported only when there is something to draw."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QThread, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QStackedLayout, QWidget

HEIGHT = 92


class PlotLoader(QThread):
    """Imports pyqtgraph beside the GUI: it takes longer than a frame may."""

    loaded = Signal()

    def run(self) -> None:
        """Import it; it would else look for a Qt binding of its own choice."""
        os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
        import pyqtgraph  # noqa: F401

        self.loaded.emit()


class Curve(QWidget):
    """Points (x, y) as a line; a sentence while there are none."""

    def __init__(self, title: str, empty: str, parent: QObject | None = None) -> None:
        super().__init__()
        self._title = title
        self._points: Sequence[tuple[float, float]] = ()
        self._plot: Any = None
        self._loader: PlotLoader | None = None
        self._empty = QLabel(empty)
        self._empty.setObjectName("quiet")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._layout = QStackedLayout(self)
        self._layout.addWidget(self._empty)
        self.setFixedHeight(HEIGHT)

    def set_points(self, points: Sequence[tuple[float, float]]) -> None:
        """Show these points."""
        self._points = points
        if self._plot is not None:
            self._draw()
        elif points and self._loader is None:
            self._loader = PlotLoader()
            self._loader.loaded.connect(self._make_plot)
            self._loader.start()

    def close_loader(self) -> None:
        """Wait until the import is done: a thread must not outlive its object."""
        if self._loader is not None:
            self._loader.wait()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._plot is not None:
            self._colour()
            self._draw()

    def _make_plot(self) -> None:
        import pyqtgraph

        self._plot = pyqtgraph.PlotWidget(title=None)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(False, False)
        self._plot.hideButtons()
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setStyle(tickLength=-3, maxTickLevel=0, tickTextOffset=3)
            axis.enableAutoSIPrefix(False)
        self._layout.addWidget(self._plot)
        self._layout.setCurrentWidget(self._plot)
        self._colour()
        self._draw()

    def _colour(self) -> None:
        palette = self.palette()
        self._plot.setBackground(palette.color(QPalette.ColorRole.Base))
        quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        for side in ("left", "bottom"):
            self._plot.getAxis(side).setPen(QColor(0, 0, 0, 0))
            self._plot.getAxis(side).setTextPen(quiet)

    def _draw(self) -> None:
        import pyqtgraph

        self._layout.setCurrentWidget(self._plot if self._points else self._empty)
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        xs, ys = [p[0] for p in self._points], [p[1] for p in self._points]
        dots = {"symbol": "o", "symbolSize": 5, "symbolBrush": accent, "symbolPen": None}
        self._plot.plot(
            xs,
            ys,
            clear=True,
            pen=pyqtgraph.mkPen(accent, width=1.5),
            **(dots if len(xs) <= 40 else {}),
        )
