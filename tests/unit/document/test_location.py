"""Who may write a project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.document.errors import ProjectLocked
from app.document.location import lock


def test_a_project_is_for_one_writer_at_a_time(tmp_path: Path) -> None:
    held = lock(tmp_path)
    assert held is not None
    with pytest.raises(ProjectLocked, match="to look only"):
        lock(tmp_path)
    held.release()
    again = lock(tmp_path)
    assert again is not None
    again.release()


def test_so_it_is_on_a_drive_without_locks(tmp_path: Path, no_locks: None) -> None:
    held = lock(tmp_path)
    assert held is not None
    with pytest.raises(ProjectLocked, match=r"delete .*project\.holder\.lock"):
        lock(tmp_path)
    held.release()
    again = lock(tmp_path)
    assert again is not None
    again.release()


def test_the_file_of_a_process_that_was_killed_is_taken_over(
    tmp_path: Path, no_locks: None
) -> None:
    script = (
        "import os, sys; from filelock import SoftFileLock; "
        "lock = SoftFileLock(sys.argv[1]); lock.acquire(); os._exit(1)"
    )
    holder = tmp_path / "project.holder.lock"
    subprocess.run([sys.executable, "-c", script, str(holder)], check=False)
    assert holder.exists()
    held = lock(tmp_path)
    assert held is not None
    held.release()
