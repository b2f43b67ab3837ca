"""`bench faults`: is anything lost by kill -9, full disks, missing permissions, broken files."""

from __future__ import annotations

import errno
import os
import queue
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from app.bench.faults_disk import measure_small_disk
from app.bench.faults_growth import measure_growth
from app.bench.faults_kills import found_state, is_whole, measure_kills, write_image
from app.bench.faults_painter import NAME, SIZE, state_of, stroke
from app.bench.frame import Figure, Options
from app.document.files import read_label_png
from app.document.project import Project
from app.document.saver import Saver

INPUT_SECONDS = 90
_HANG_SECONDS = 5.0


def measure(options: Options) -> Iterator[Figure]:
    """Bounded to five minutes: what was done is told beside what was lost."""
    kills, faults, inputs = (20, 10, 100) if options.quick else (options.kills, 50, 2000)
    with tempfile.TemporaryDirectory() as folder:
        yield from measure_kills(Path(folder) / "kills", kills)
        for name, code in (("full-disk", errno.ENOSPC), ("permission", errno.EACCES)):
            yield from measure_faults(Path(folder) / name, name, code, faults)
        yield from measure_small_disk(Path(folder) / "small disk", faults)
        yield from measure_inputs(Path(folder) / "inputs", inputs)
        images, strokes = (1, 1200) if options.quick else (4, 2000)
        yield from measure_growth(Path(folder) / "growth", images, strokes)


def measure_faults(folder: Path, name: str, code: int, wanted: int) -> Iterator[Figure]:
    """Let syncs, swaps and commits fail while painting; all must be there in the end."""
    write_image(folder)
    project = Project.open(folder)
    list(project.rescan())
    image_id = project.item_by_name(NAME).id
    layers, history = project.load_layers(image_id, SIZE)
    random = np.random.default_rng(code)
    losses = 0
    disk = Disk(code, random)
    with disk.failing():
        for step in range(20 * wanted):
            if disk.faults >= wanted:
                break
            disk.is_broken = step % 3 != 0
            edit = stroke(layers.labels, random)
            if edit is not None:
                history.push(edit)
                project.commit_edit(image_id, edit)
            project.checkpoint(image_id, layers.labels.copy())
            path = project.label_path(image_id)
            if project.flush():
                losses += not np.array_equal(read_label_png(path)[0], layers.labels)
            elif path.exists():
                losses += not is_whole(path)
    losses += not project.close()
    losses += found_state(folder) != state_of(layers.labels, history)
    yield Figure(f"{name} faults", disk.faults, "", wanted, is_floor=True)
    yield Figure(f"losses by {name} faults", losses, "", 0)


def measure_inputs(folder: Path, count: int) -> Iterator[Figure]:
    """Read broken and hostile files in another process, which is watched."""
    inside = folder / "a" / "b"
    inside.mkdir(parents=True)
    ends = time.monotonic() + INPUT_SECONDS
    number = crashes = hangs = 0
    while number < count and time.monotonic() < ends:
        with _process("faults_inputs", inside, number, count) as process:
            lines = _read_behind(process)
            while True:
                try:
                    line = lines.get(timeout=_HANG_SECONDS if number else 30)
                except queue.Empty:
                    hangs, number = hangs + 1, number + 1
                    break
                if line == "done":
                    number = count
                    break
                if not line:
                    crashes, number = crashes + 1, number + 1
                    break
                if line.startswith("bad"):
                    crashes += 1
                    print(line, file=sys.stderr)
                    continue
                number = int(line)
                if time.monotonic() > ends:
                    break
    outside = [path for path in folder.rglob("*") if _is_outside(path, inside)]
    yield Figure("broken and hostile files", number, "", count, is_floor=True)
    yield Figure("crashes and errors without a sentence", crashes, "", 0)
    yield Figure(f"hangs over {_HANG_SECONDS:.0f} s", hangs, "", 0)
    yield Figure("files written outside", len(outside), "", 0)


class Disk:
    """Fails syncs, swaps and commits while `is_broken`, seven times of ten."""

    def __init__(self, code: int, random: np.random.Generator) -> None:
        self.is_broken = False
        self.faults = 0
        self._code = code
        self._random = random

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Put the faults below every write of this process."""
        error = OSError(self._code, os.strerror(self._code))
        full = sqlite3.OperationalError("database or disk is full")
        with (
            mock.patch.object(os, "fsync", self._failing(os.fsync, error)),
            mock.patch.object(os, "replace", self._failing(os.replace, error)),
            mock.patch.object(Saver, "_commit", self._failing(Saver._commit, full)),
        ):
            yield

    def _failing(self, real: Callable[..., Any], error: Exception) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if self.is_broken and self._random.random() < 0.7:
                self.faults += 1
                raise error
            return real(*arguments)

        return call


@contextmanager
def _process(module: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"app.bench.{module}", *map(str, arguments)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            yield process
        finally:
            process.kill()


def _read_behind(process: subprocess.Popen[str]) -> queue.Queue[str]:
    """Its lines as they come; an empty one at the end."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in iter(process.stdout.readline, ""):
            lines.put(line.strip())
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    return lines


def _is_outside(path: Path, inside: Path) -> bool:
    """Whether this file is in no place where reading and restoring may write."""
    if path.is_dir():
        return False
    if path.name.endswith("outside.txt"):
        return "maskloop" not in path.relative_to(inside.parents[1]).parts
    return inside not in path.parents
