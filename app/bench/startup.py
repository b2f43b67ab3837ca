"""`bench startup`: from the start of the process to the first painted window, then to torch."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from app.bench.frame import CannotMeasure, Figure, Options
from app.cli.display import without_display
from app.sample import write_samples

_LIMIT = 120


def measure(options: Options) -> Iterator[Figure]:
    """Start the program several times in a process of its own, on a folder of sample images."""
    with tempfile.TemporaryDirectory() as folder:
        images, _ = write_samples(Path(folder), count=4)
        _start(images)  # fills the caches of the disk
        runs = [_start(images) for _ in range(2 if options.quick else 7)]
    yield Figure(
        "process start to first painted window, median",
        median(run["painted"] for run in runs),
        "s",
        0.8,
    )
    yield Figure(
        "torch imported before the first paint",
        sum(run["torch_was_there"] for run in runs),
        "runs",
        0,
    )
    yield Figure(
        "longest stall while torch loads, median of the runs",
        1000 * median(run["longest_stall"] for run in runs),
        "ms",
        50,
    )
    yield Figure(
        "longest stall while torch loads, worst run",
        1000 * max(run["longest_stall"] for run in runs),
        "ms",
    )
    yield Figure("process start to torch loaded", median(run["ready"] for run in runs), "s")


def _start(images: Path) -> dict[str, Any]:
    """One start; times in seconds since just before the process was made."""
    command = [sys.executable, "-m", "app.bench.first_paint", str(images), repr(time.time())]
    root = Path(__file__).parents[2]
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=without_display(),
            capture_output=True,
            text=True,
            timeout=_LIMIT,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotMeasure(f"The window did not come up within {_LIMIT} seconds.") from error
    if done.returncode != 0 or not done.stdout.strip():
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotMeasure(f"The window does not start here: {last}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
