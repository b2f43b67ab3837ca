"""Small folders of images, made here."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from filelock import FileLock

from app.document.project import Project

SIZE = (150, 200)


def write_image(path: Path, size: tuple[int, int] = SIZE, *, seed: int = 0) -> Path:
    """A noise picture of (H, W) = size; a seed gives always the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    path.write_bytes(cv2.imencode(path.suffix, pixels)[1].tobytes())
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three images."""
    root = tmp_path / "pictures"
    for number, name in enumerate(("a.png", "b.jpg", "sub/c.png")):
        write_image(root / name, seed=number)
    return root


@pytest.fixture
def open_project() -> Iterator[Callable[..., Project]]:
    """Opens projects, looks through their folder, and closes those left open."""
    opened: list[Project] = []

    def open_it(folder: Path, **options: object) -> Project:
        project = Project.open(folder, **options)  # type: ignore[arg-type]
        opened.append(project)
        for _ in project.rescan():
            pass
        return project

    yield open_it
    for project in opened:
        project.close()


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network drive that knows no file locks, in this process."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    if sys.platform != "win32":
        monkeypatch.setattr("fcntl.lockf", refuse)
