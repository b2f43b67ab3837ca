"""`demo`: the window on generated images, or the same job by script where there is no display."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from app.cli.display import has_display


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and whether to open a window."""
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the images go (./demo)")
    parser.add_argument(
        "--no-window", action="store_true", help="do the job by script, even with a display"
    )
    parser.add_argument(
        "--seconds", type=float, default=20, metavar="N", help="of fine-tuning by script (20)"
    )


def run(options: argparse.Namespace) -> int:
    """Make the images and show the program on them."""
    folder = options.out or writable_folder()
    if options.no_window or not has_display():
        from app.cli.demo_job import do_the_job

        return do_the_job(folder / "scripted", seconds=options.seconds)
    from app.sample import write_samples
    from app.ui.application import run as run_window

    images, truth = write_samples(folder)
    print(f"The sample images are in {images}; their true masks are in {truth}.")
    return int(run_window(images))


def writable_folder() -> Path:
    """`demo` in the current folder, or in a new temporary folder if that cannot be written."""
    folder = Path("demo").absolute()
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="maskloop-demo-"))
