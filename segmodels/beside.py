"""A second thread beside the caller's: for what can be computed while the network computes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def beside(
    work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Future[Result]:
    """Begin `work(...)` in the second thread. Any thread; works are done one after another.

    The thread inherits the priority of the thread that asked first.
    """
    return _thread().submit(work, *args, **kwargs)


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="segmodels-beside")
