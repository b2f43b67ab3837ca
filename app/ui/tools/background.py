"""Pixel work that takes longer than a frame: one thread beside the GUI, results come back to it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal


class Background(QObject):
    """Runs functions in order; `delivered` after each result was taken. Use on the GUI thread."""

    delivered = Signal()
    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="maskloop-tools")
        self._futures: list[Future[Any]] = []
        self._finished.connect(self._deliver)

    def run(self, work: Callable[[], Any], done: Callable[[Any], None]) -> Future[Any]:
        """Do `work()` in the thread, then `done(result)` here. An exception is raised here."""
        future = self._thread.submit(work)
        self._futures.append(future)
        future.add_done_callback(lambda f: self._finished.emit(partial(self._take, f, done)))
        return future

    def wait(self) -> None:
        """Return when everything asked so far is done and delivered."""
        while self._futures:
            self._futures[0].exception()
            QCoreApplication.sendPostedEvents(self)

    def close(self) -> None:
        """Drop what has not begun, and wait for the rest."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _deliver(self, take: Callable[[], None]) -> None:
        take()
        self.delivered.emit()

    def _take(self, future: Future[Any], done: Callable[[Any], None]) -> None:
        self._futures.remove(future)
        try:
            result = future.result()
        except CancelledError:
            return
        done(result)
