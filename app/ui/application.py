"""The program with a window: makes the application, the session and the window, and runs them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.exceptions import install_exception_hook
from app.ui.garbage import GuiGarbageCollector
from app.ui.theme import apply_theme


def run(folder: Path | None = None) -> int:
    """Show the window, on a folder if one is given; the exit code, once it is closed.

    torch is not imported before the first picture of the window: the engine does that, in its
    own thread, when a folder is opened.
    """
    application = make_application()
    collector = GuiGarbageCollector(application)
    from app.session import Session
    from app.ui.main_window import MainWindow

    session = Session()
    window = MainWindow(session)
    install_exception_hook(session)
    window.show()
    if folder is not None:
        after_first_paint(window, partial(window.commands.files.open_folder, folder))
    code = application.exec()
    collector.stop()
    return code


def after_first_paint(window: QWidget, call: Callable[[], object]) -> None:
    """Call once the window has been painted, so that it is there before any work begins."""
    _FirstPaint(window, call)


class _FirstPaint(QObject):
    """Waits for the first paint event of a window."""

    def __init__(self, window: QWidget, call: Callable[[], object]) -> None:
        super().__init__(window)
        self._call = call
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the paint event pass."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            # The event comes before its pixels reach the screen: let this turn of the loop end.
            QTimer.singleShot(0, self._call)
            self.deleteLater()
        return False


def make_application() -> QApplication:
    """The QApplication, with its name (for settings) and its looks; one for a process."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Maskloop")
    application.setOrganizationName("Maskloop")
    application.setDesktopFileName("maskloop")
    apply_theme(application)
    logging.getLogger(__name__).debug("platform %s", application.platformName())
    return application
