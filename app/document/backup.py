"""A project in one zip file, and back. The images themselves are not in it."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from app.document.data_size import data_size
from app.document.errors import ProjectError
from app.document.files import ASIDE_SUFFIX
from app.document.project import Project
from app.document.store import connect

_DATABASE = "project.db"
_LEFT_OUT = (".lock", "-wal", "-shm", "-journal", ASIDE_SUFFIX)


def backup(project: Project, path: Path) -> Iterator[tuple[int, int]]:
    """Write labels, predictions, models and the journal; yields (done, total) after each file.

    The database is copied as of one moment, while work goes on. `path` is written aside and
    swapped in. Raises `ProjectError` when it cannot be written.
    """
    project.flush()
    names = _files(project.data_folder)
    aside = path.with_name(f".{uuid.uuid4().hex[:12]}{ASIDE_SUFFIX}")
    try:
        with zipfile.ZipFile(aside, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            _add_database(project, archive)
            for done, name in enumerate(names, 1):
                source = project.data_folder / name
                if source.exists():  # A prediction may have been replaced meanwhile.
                    archive.write(source, name)
                yield done, len(names)
        os.replace(aside, path)
    except OSError as error:
        raise ProjectError(f"{path} cannot be written ({error.strerror or error}).") from error
    finally:
        aside.unlink(missing_ok=True)


def restore(path: Path, folder: Path) -> Iterator[tuple[int, int]]:
    """Unpack a backup as the project of the images in `folder`; yields (done, total).

    Raises `ProjectError` when there is a project already, when the file is no backup, is damaged,
    or names files outside the project.
    """
    target = folder / "maskloop"
    if (target / _DATABASE).exists():
        raise ProjectError(f"{folder} has a project already: rename its folder maskloop first.")
    aside = folder / f".{uuid.uuid4().hex[:12]}{ASIDE_SUFFIX}"
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _refuse_hostile(path, entries, shutil.disk_usage(folder).free)
            for done, entry in enumerate(entries, 1):
                unpacked = aside / entry.filename
                unpacked.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, unpacked.open("xb") as file:
                    shutil.copyfileobj(source, file)
                yield done, len(entries)
        shutil.copytree(aside, target, dirs_exist_ok=True)
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ProjectError(f"{path.name} cannot be unpacked ({error}).") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _files(folder: Path) -> list[str]:
    """Relative paths of all files but the database, which is copied in its own way."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [path.relative_to(folder).as_posix() for path in paths]
    return [name for name in names if name != _DATABASE and not name.endswith(_LEFT_OUT)]


def _add_database(project: Project, archive: zipfile.ZipFile) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / _DATABASE
        target = connect(copy)
        try:
            project.copy_database(target)
        finally:
            target.close()
        archive.write(copy, _DATABASE)


def _refuse_hostile(path: Path, entries: list[zipfile.ZipInfo], free: int) -> None:
    names = [PurePosixPath(entry.filename.replace("\\", "/")) for entry in entries]
    if PurePosixPath(_DATABASE) not in names:
        raise ProjectError(f"{path.name} is no backup of a project.")
    for name in names:
        if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
            raise ProjectError(f"{path.name} is refused: it would write {name} elsewhere.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > free:
        size, room = data_size(unpacked), data_size(free)
        raise ProjectError(f"{path.name} would unpack to {size}, but only {room} are free.")
