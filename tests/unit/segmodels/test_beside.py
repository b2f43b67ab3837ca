"""The second thread."""

import threading

import pytest

from segmodels.beside import Begun, beside


def test_work_is_done_in_another_thread_and_its_error_comes_back() -> None:
    assert beside(threading.get_ident).result() != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        beside(divmod, 1, 0).result()


def test_work_that_the_thread_has_no_time_for_is_done_by_who_wants_it() -> None:
    let_go = threading.Event()
    busy = beside(let_go.wait, 30)
    assert Begun(threading.get_ident).result() == threading.get_ident()
    let_go.set()
    assert busy.result()
    assert Begun(lambda: 7).result() == 7
