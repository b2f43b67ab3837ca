"""A second thread beside the caller's: for what can be computed while the network computes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Generic, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def beside(
    work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Future[Result]:
    """Begin `work(...)` in the second thread. Any thread; works are done one after another.

    The thread inherits the priority of the thread that asked first.
    """
    return _thread().submit(work, *args, **kwargs)


class Begun(Generic[Result]):
    """Work that the second thread is given at once, and the caller does when it is wanted before
    that thread came to it. One thread asks for the result, once.
    """

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._future = beside(work)

    def result(self) -> Result:
        """Give what the work returns, or raise its error."""
        return self._work() if self._future.cancel() else self._future.result()


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="segmodels-beside")
