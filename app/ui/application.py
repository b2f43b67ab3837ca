"""The program with a window: makes the application, the session and the window, and runs them."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

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
        # After the first paint, so that the window is there at once.
        QTimer.singleShot(0, lambda: window.commands.open_folder(folder))
    code = application.exec()
    collector.stop()
    return code


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
