"""The bytes of a download on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.cli.terminal import progress_bar

if TYPE_CHECKING:
    from tqdm import tqdm

    from segmodels.downloading import Download


@contextmanager
def shown_download(text: str) -> Iterator[Download]:
    """A download whose bytes are told on a bar, which is there from its first bytes on."""
    from segmodels.downloading import Download

    bars: list[tqdm[None]] = []

    def show(done: int, total: int) -> None:
        if not bars:
            bars.append(progress_bar(text, total=total, unit="B"))
        (bar,) = bars
        bar.n, bar.total = done, total
        bar.refresh()  # bytes are told seldom enough to be drawn each time

    try:
        yield Download(show)
    finally:
        for bar in bars:
            bar.close()
