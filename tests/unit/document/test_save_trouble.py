"""Why a write failed, in words; and trying again on a wish."""

from __future__ import annotations

import errno
import sqlite3
import threading
from pathlib import Path

import pytest

from app.document.save_trouble import is_tried_again, reason_of
from app.document.saver import Saver


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EACCES, "There is no permission to write"),
        (errno.EROFS, "The disk can only be read"),
        (errno.ESTALE, "The drive is gone"),
        (errno.EMFILE, "The project cannot be written (too many files)"),
    ],
)
def test_an_error_of_the_system_is_said_in_plain_words(code: int, words: str) -> None:
    assert reason_of(OSError(code, "too many files", "/a/.1234.maskloop-part")) == words


def test_a_full_database_is_a_full_disk(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE t (data BLOB)")
    connection.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("INSERT INTO t VALUES (?)", (bytes(50_000),))
    connection.close()
    assert reason_of(caught.value) == "The disk is full"
    assert is_tried_again(caught.value)


def test_what_can_never_succeed_is_not_tried_again() -> None:
    assert not is_tried_again(sqlite3.IntegrityError("twice"))
    assert not is_tried_again(ValueError("no array"))


def test_a_wish_tries_at_once_and_is_answered_again(tmp_path: Path) -> None:
    """The pause is an hour: only the wish can bring the second try, and the third."""
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    told: list[Exception] = []
    heard, saved = threading.Event(), threading.Event()
    full = [True, True, False]

    def write() -> None:
        if full.pop(0):
            raise OSError(errno.ENOSPC, "no space")

    def hear(error: Exception) -> None:
        told.append(error)
        heard.set()

    saver = Saver(
        connection,
        on_failed=hear,
        on_saved=lambda is_saved: saved.set() if is_saved else None,
        retry_seconds=3600,
    )
    saver.write_file("a", write)
    assert heard.wait(10)
    heard.clear()
    assert saver.failure is told[0]
    saver.retry()
    assert heard.wait(10)
    assert len(told) == 2
    saver.retry()
    assert saved.wait(10)
    assert saver.failure is None
    assert saver.close()
