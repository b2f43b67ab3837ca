"""`demo`: the window on generated images, or the same job by script where there is no display."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path


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


def has_display() -> bool:
    """Whether a window can be shown. Windows and macOS always have a display."""
    if os.environ.get("QT_QPA_PLATFORM", "") in ("offscreen", "minimal"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def writable_folder() -> Path:
    """`demo` in the current folder, or in a new temporary folder if that cannot be written."""
    folder = Path("demo").absolute()
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="maskloop-demo-"))
