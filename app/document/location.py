"""Where the data of a project is, and the lock that lets one process write it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from app.document.drive_locks import remove_stale_lock
from app.document.errors import ProjectDiskFull, ProjectError, ProjectLocked
from app.document.files import ASIDE_SUFFIX
from app.document.image_files import PROJECT_FOLDER
from app.document.swap import finish_swap

logger = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Location:
    """The data folder of a project, and a sentence for the user when it is not the usual one."""

    data_folder: Path
    notice: str | None = None


def locate(folder: Path, *, read_only: bool) -> Location:
    """`<folder>/maskloop`, or a folder among the user's data when that cannot be written, or when
    the only project is there since it once could not.

    Makes the data folder unless `read_only`. A project on a full disk is not begun anew elsewhere:
    raises `ProjectDiskFull`, else `ProjectError`.
    """
    if not folder.exists():
        raise ProjectError(f"{folder} is not there: was it moved, or its disk taken away?")
    if not folder.is_dir():
        raise ProjectError(f"{folder} is not a folder: choose the folder that holds the images.")
    beside = folder / PROJECT_FOLDER
    elsewhere = _user_folder(folder)
    for data_folder in (beside, elsewhere):
        with contextlib.suppress(OSError):
            finish_swap(data_folder)
    if read_only:
        if not (beside / "project.db").exists() and elsewhere.exists():
            return Location(elsewhere)
        return Location(beside, _other(elsewhere))
    is_beside, is_elsewhere = ((place / "project.db").exists() for place in (beside, elsewhere))
    refusal = _refusal(beside)
    if refusal is None and (is_beside or not is_elsewhere):
        return Location(beside, _other(elsewhere))
    if refusal is not None and refusal.errno in _FULL and is_beside:
        raise ProjectDiskFull(
            f"The disk of {folder} is full: make room and open it again, or open it to look only."
        )
    if _refusal(elsewhere) is not None:
        raise ProjectError(f"Neither {folder} nor {elsewhere} can be written: check permissions.")
    if beside.is_dir() and not is_elsewhere:
        _copy(beside, elsewhere)
    why = f"{folder} could not be written" if refusal is None else f"{folder} cannot be written"
    here = f"{why}: your labels are kept in {elsewhere}."
    # What was copied from beside is no other project.
    other = _other(beside) if is_elsewhere else None
    return Location(elsewhere, f"{here} {other}" if other else here)


def lock(data_folder: Path) -> BaseFileLock | None:
    """Take the project for this process until released; the system frees it if the process dies.

    On a drive without locks a file that names the process stands for it. None when there cannot be
    one either. Raises `ProjectLocked`.
    """
    # Not per thread: a project may be closed by another thread than the one that opened it.
    file_lock = FileLock(data_folder / "project.lock", timeout=0, thread_local=False)
    try:
        file_lock.acquire()
    except Timeout:
        raise ProjectLocked(
            f"{data_folder.parent} is open in another Maskloop window: close it there, "
            "or open it here to look only."
        ) from None
    except (OSError, NotImplementedError) as error:
        logger.warning("%s cannot be locked: %s", data_folder, error)
        return _lock_by_file(data_folder)
    remove_stale_lock(data_folder)
    return file_lock


def _lock_by_file(data_folder: Path) -> SoftFileLock | None:
    """The file of a process that is gone is taken over, when that was on this computer."""
    holder = data_folder / "project.holder.lock"
    file_lock = SoftFileLock(holder, timeout=0, thread_local=False)
    try:
        file_lock.acquire()
    except Timeout:
        raise ProjectLocked(
            f"{data_folder.parent} is open in another Maskloop window, perhaps on another "
            "computer: close it there, or open it here to look only. If Maskloop runs nowhere "
            f"else, delete {holder}."
        ) from None
    except OSError as error:
        logger.warning("%s cannot be locked by a file either: %s", data_folder, error)
        return None
    remove_stale_lock(data_folder)
    return file_lock


def _other(data_folder: Path) -> str | None:
    """A sentence on the project in the place that is not used, if there is one."""
    if not (data_folder / "project.db").exists():
        return None
    return f"Another project of these images is in {data_folder}: its labels are not shown here."


def _copy(source: Path, target: Path) -> None:
    """Copy a project; its database comes last and at once, as with it the copy counts."""
    for suffix in ("-wal", "-shm", "-journal"):  # of a copy that was stopped
        (target / f"project.db{suffix}").unlink(missing_ok=True)

    def left_out(at: str, names: list[str]) -> set[str]:
        locks = {name for name in names if name.endswith(".lock")}
        return {"project.db", *locks} if Path(at) == source else set()

    shutil.copytree(source, target, dirs_exist_ok=True, ignore=left_out)
    if (source / "project.db").exists():
        aside = target / f"project.db{ASIDE_SUFFIX}"
        shutil.copyfile(source / "project.db", aside)
        os.replace(aside, target / "project.db")


def _user_folder(folder: Path) -> Path:
    digest = hashlib.sha1(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:10]
    data = platformdirs.user_data_path("maskloop", appauthor=False)
    return data / "projects" / f"{folder.resolve().name}-{digest}"


def _refusal(folder: Path) -> OSError | None:
    """Why nothing can be written there. Try it: permissions, read-only drives and full disks all
    answer differently.
    """
    probe = folder / f".probe-{uuid.uuid4().hex[:8]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"maskloop")
    except OSError as error:
        return error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)
    return None
