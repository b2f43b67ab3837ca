"""Opening a folder in a test: the project is opened in another thread, so the test waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.document.project import Project
from app.session import Session


def open_folder(
    qtbot,
    session: Session,
    folder: Path,
    *,
    passphrase: str | None = None,
    then: Callable[[], object] | None = None,
) -> bool:
    """Open the project of a folder and wait until that has ended; whether it is open."""
    session.opening.open(folder, passphrase=passphrase, then=then)
    wait_until_opened(qtbot, session)
    return session.project is not None and session.project.folder == folder.resolve()


def wait_until_opened(qtbot, session: Session) -> None:
    """Wait until no project is being opened any more, well or not."""
    qtbot.waitUntil(lambda: session.opening.folder is None, timeout=20_000)


class HeldOpening:
    """`Project.open` of one folder waits until `go_on` is set; `began` tells that it waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.began = threading.Event()
        self.go_on = threading.Event()
        self.opened: list[Project] = []
        original = Project.open

        def held(at: Path, **how) -> Project:
            if at != folder.resolve():
                return original(at, **how)
            self.began.set()
            assert self.go_on.wait(20)
            project = original(at, **how)
            self.opened.append(project)
            return project

        monkeypatch.setattr(Project, "open", held)

    def let_end(self) -> None:
        """Let it go on, and wait for the threads of all openings."""
        self.go_on.set()
        for thread in threading.enumerate():
            if thread.name == "maskloop-opening":
                thread.join(20)
                assert not thread.is_alive()
