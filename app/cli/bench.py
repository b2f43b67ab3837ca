"""`bench`: figures of this machine against the budgets."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.bench import BENCHMARKS
from app.cli.terminal import CommandError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which benchmark, and where the figures go."""
    parser.add_argument("name", choices=tuple(BENCHMARKS), help="what to measure")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--quick", action="store_true", help="a smaller variant for daily use")
    parser.add_argument(
        "--packs", type=Path, metavar="DIR", help="folders with images/ and masks/ (learner)"
    )
    parser.add_argument(
        "--only", type=_names, default=(), metavar="A,B", help="these packs (learner)"
    )
    parser.add_argument(
        "--seeds", type=_numbers, default=(), metavar="0,1", help="these sessions (learner)"
    )
    parser.add_argument(
        "--ways", type=_names, default=(), metavar="A,B", help="fast, forest... (learner)"
    )
    parser.add_argument(
        "--kills", type=int, default=500, metavar="N", help="how many kill -9 (faults)"
    )
    parser.add_argument(
        "--giant", action="store_true", help="canvas: open and paint 20,000 px images instead"
    )


def run(options: argparse.Namespace) -> int:
    """Print a table. A missed budget is said, and is no failure of the command."""
    from app.bench.frame import CannotMeasure, Options, figures_of, report

    try:
        told = Options(
            quick=options.quick,
            packs=options.packs,
            kills=options.kills,
            giant=options.giant,
            only=options.only,
            seeds=options.seeds,
            ways=options.ways,
            record=options.json and options.json.with_suffix(".sessions.json"),
        )
        report(figures_of(options.name, told), options.json)
    except CannotMeasure as reason:
        raise CommandError(str(reason)) from reason
    return 0


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(name) for name in _names(text))
