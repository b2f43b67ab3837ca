"""Long file work in a thread of its own: one job at a time, step by step, with progress."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from app.notices import Progress

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
Report = Callable[[Callable[[], None]], None]


class BackgroundWork:
    """Runs iterators to their end. `report(call)` must run `call` in the GUI thread, in order."""

    def __init__(self, report: Report, show: Callable[[Progress | None], None]) -> None:
        self._report = report
        self._show = show
        self._is_cancelled = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="maskloop-files")

    def start(
        self,
        title: str,
        total: int,
        steps: Callable[[], Iterator[Result]],
        *,
        done: Callable[[list[Result], bool], None],
        failed: Callable[[Exception], None],
        show: Callable[[Progress | None], None] | None = None,
    ) -> None:
        """Iterate `steps()` in the background.

        Then, in the GUI thread: `done(results, is_cancelled)` with what the steps gave, or
        `failed(error)` with what they raised. `total` is 0 when unknown. `show` sees the progress
        too, and None before `done` or `failed`.
        """
        self._is_cancelled = False
        shows = (self._show,) if show is None else (self._show, show)
        self._thread.submit(self._work, title, total, steps, done, failed, shows)

    def cancel(self) -> None:
        """Stop after the step in work."""
        self._is_cancelled = True

    def close(self) -> None:
        """Cancel, and wait for the step in work."""
        self.cancel()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _work(
        self,
        title: str,
        total: int,
        steps: Callable[[], Iterator[Result]],
        done: Callable[[list[Result], bool], None],
        failed: Callable[[Exception], None],
        shows: tuple[Callable[[Progress | None], None], ...],
    ) -> None:
        results: list[Result] = []
        try:
            for result in steps():
                results.append(result)
                self._tell(shows, Progress(title, len(results), total))
                if self._is_cancelled:
                    break
        except Exception as error:
            logger.info("%s: %s", title, error)
            self._tell(shows, None)
            self._report(partial(failed, error))
            return
        self._tell(shows, None)
        self._report(partial(done, results, self._is_cancelled))

    def _tell(
        self, shows: tuple[Callable[[Progress | None], None], ...], progress: Progress | None
    ) -> None:
        for show in shows:
            self._report(partial(show, progress))
