"""The second thread."""

import threading

import pytest

from segmodels.beside import beside


def test_work_is_done_in_another_thread_and_its_error_comes_back() -> None:
    assert beside(threading.get_ident).result() != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        beside(divmod, 1, 0).result()
