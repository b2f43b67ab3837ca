"""The process that `bench startup` starts: the real program, watched until torch is loaded."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from app.ui.application import make_application, run

_TICK = 5  # ms
_AFTERWARDS = 300  # ms of watching after torch is there


class Watch(QObject):
    """Waits for the first paint of the window; then measures how late its ticks come."""

    def __init__(self, application: QApplication, began: float) -> None:
        super().__init__()
        self.found: dict[str, Any] = {}
        self._application = application
        self._began = began
        self._last_tick = 0.0
        self._longest = 0.0
        self._timer = QTimer(self, interval=_TICK)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window is on the screen when the loop is back from its first paint."""
        if event.type() == QEvent.Type.Paint and isinstance(watched, QMainWindow):
            self._application.removeEventFilter(self)
            self.found["torch_was_there"] = "torch" in sys.modules
            QTimer.singleShot(0, self._painted)
        return False

    def _painted(self) -> None:
        self.found["painted"] = time.time() - self._began
        self._last_tick = time.perf_counter()
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._longest = max(self._longest, now - self._last_tick - _TICK / 1000)
        self._last_tick = now
        if "ready" not in self.found and self._is_ready():
            self.found["ready"] = time.time() - self._began
            QTimer.singleShot(_AFTERWARDS, self._close)

    def _is_ready(self) -> bool:
        return any(window.session.learning.is_ready for window in self._windows())

    def _windows(self) -> list[Any]:
        windows = self._application.topLevelWidgets()
        return [window for window in windows if isinstance(window, QMainWindow)]

    def _close(self) -> None:
        self._timer.stop()
        self.found["longest_stall"] = self._longest
        for window in self._windows():
            window.close()


def main(images: Path, began: float) -> int:
    """Run the program on a folder; print what was found as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        # The benchmark's windows leave no trace in the settings of the person.
        scope = QSettings.Scope.UserScope
        QSettings.setPath(QSettings.Format.NativeFormat, scope, folder)
        watch = Watch(make_application(), began)
        code = run(images)
    print(json.dumps(watch.found))
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
