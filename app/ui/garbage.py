"""Python's cycle collector, kept to the GUI thread.

Left alone it runs in whichever thread allocates next; when that is the engine's, it may free
widgets there, and Qt crashes.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 500


class GuiGarbageCollector(QObject):
    """Switches the automatic collector off and does its work by a timer."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def stop(self) -> None:
        """Leave the collector as Python has it."""
        self._timer.stop()
        gc.enable()

    def _collect(self) -> None:
        thresholds = gc.get_threshold()
        if not thresholds[0]:
            return  # "never", as Python has it: the engine is importing torch
        counts = gc.get_count()
        due = [n for n in range(3) if counts[n] > thresholds[n]]
        if due:
            gc.collect(due[-1])
