"""The frame of all benchmarks: figures with budgets, a table on the terminal, a JSON file."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import math
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.bench import BENCHMARKS
from app.document.files import write_aside


@dataclass(frozen=True)
class Figure:
    """One measured value. `budget` is the most it may be, or the least if `is_floor`."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    is_floor: bool = False

    @property
    def ok(self) -> bool | None:
        """Whether the budget is kept; None when there is none."""
        if self.budget is None:
            return None
        return self.value >= self.budget if self.is_floor else self.value <= self.budget


@dataclass(frozen=True)
class Options:
    """What a benchmark can be told. `packs` is a folder of folders with images and masks.

    `kills` is how often a process is killed; `giant`: measure an image of 20,000 pixels a side.
    `only` names the packs to take, `seeds` the sessions of each, `ways` the ways of learning; empty
    means all. What ends early is kept in `record`, and a second call goes on from there.
    """

    quick: bool = False
    packs: Path | None = None
    kills: int = 500
    giant: bool = False
    only: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    ways: tuple[str, ...] = ()
    record: Path | None = None


class CannotMeasure(Exception):
    """This machine lacks what a benchmark needs; `str(error)` is one sentence."""


def figures_of(name: str, options: Options) -> Iterator[Figure]:
    """Run a benchmark. Raises KeyError for an unknown name, and CannotMeasure."""
    module = importlib.import_module(BENCHMARKS[name])
    figures: Iterator[Figure] = module.measure(options)
    return figures


def report(figures: Iterable[Figure], json_file: Path | None) -> None:
    """Print each figure as it comes; at the end write the JSON. Load is taken at the start."""
    found = []
    about = machine()
    print(f"{'figure':60} {'value':>10} {'unit':7} {'budget':>10}")
    for figure in figures:
        found.append(figure)
        print(_row(figure), flush=True)
    about = {**machine(), "load_average_before": about["load_average"]}
    print(", ".join(f"{key} {value}" for key, value in about.items() if value is not None))
    if json_file is not None:
        content = {"figures": [as_plain(figure) for figure in found], "machine": about}
        write_aside(json_file, json.dumps(content, indent=1).encode())


def as_plain(figure: Figure) -> dict[str, Any]:
    """The figure for JSON; a value that is no number becomes null."""
    return {
        "name": figure.name,
        "value": figure.value if math.isfinite(figure.value) else None,
        "unit": figure.unit,
        "budget": figure.budget,
        "ok": figure.ok,
    }


def machine() -> dict[str, Any]:
    """What the figures were measured on. Imports neither torch nor Qt."""
    return {
        "cpu": _cpu_title(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "torch": _version("torch"),
        "qt": _version("PySide6-Essentials"),
        "gpu": _gpu_title(),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "os": platform.platform(terse=True),
    }


def percentile(values: Iterable[float], percent: float) -> float:
    """The value that `percent` of all do not exceed; NaN without values."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def resident_mb() -> float:
    """Memory of this process in MB; 0 where the system does not tell."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return 0.0
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _row(figure: Figure) -> str:
    budget, verdict = "", ""
    if figure.budget is not None:
        budget = f"{'>=' if figure.is_floor else '<='} {figure.budget:.4g}"
        verdict = "ok" if figure.ok else "MISSED"
    return f"{figure.name:60} {figure.value:10.4g} {figure.unit:7} {budget:>10} {verdict}".rstrip()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpu_title() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _gpu_title() -> str | None:
    """The GPU that torch used, if torch was used."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return str(torch.cuda.get_device_name())
