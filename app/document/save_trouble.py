"""Why the project cannot be written at the moment, in a few words for the user."""

from __future__ import annotations

import errno
import sqlite3

from app.document.errors import ProjectGone

_FULL = "The disk is full"
_BY_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: "Your quota on this disk is used up",
    errno.EFBIG: "A file is larger than this disk allows",
    errno.EACCES: "There is no permission to write",
    errno.EPERM: "There is no permission to write",
    errno.EROFS: "The disk can only be read",
    errno.ENOENT: "The project's folder is gone",
    errno.ENODEV: "The drive is gone",
    errno.ENOTCONN: "The drive is gone",
    errno.ESTALE: "The drive is gone",
    errno.EIO: "The disk reports an error",
}
_BY_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: "Another program holds the database",
    sqlite3.SQLITE_LOCKED: "Another program holds the database",
    sqlite3.SQLITE_READONLY: "The disk can only be read",
    sqlite3.SQLITE_CANTOPEN: "The database cannot be opened",
    sqlite3.SQLITE_IOERR: "The disk reports an error",
}
HOPELESS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, TypeError)
"""Errors of a change that can never succeed."""


def is_tried_again(error: Exception) -> bool:
    """Whether what failed so is kept, and tried again until it succeeds."""
    return isinstance(error, (OSError, sqlite3.Error)) and not isinstance(error, HOPELESS)


def reason_of(error: Exception) -> str:
    """Why a write failed: the beginning of a sentence, without its full stop."""
    if isinstance(error, ProjectGone):
        return "The project's folder was moved or deleted (put it back)"
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]
    if isinstance(error, sqlite3.Error):
        # The low byte is the primary code; the rest says where it happened.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _BY_SQLITE:
            return _BY_SQLITE[code]
    text = getattr(error, "strerror", None) or error
    return f"The project cannot be written ({text})"
