"""Fetches published files, as a program of its own: at any moment it can be stopped.

`downloading.py` runs it. Its first line of input says in JSON what to fetch; it ends when its input
does. It prints lines of JSON: the bytes that have come, and how it failed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

UNFINISHED = ".incomplete"
"""How the name ends, in Hugging Face's cache too, of a file that has not come as a whole."""

_CHUNK = 1 << 18
_PAUSE = 0.1
"""Seconds between two reports."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)
_MISSING = (401, 403, 404, 410)


def main() -> int:
    """Fetch one file after the other; the exit code is 0 when all are there."""
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_input, daemon=True).start()
    try:
        for file in order["files"]:
            if "url" in file:
                _fetch_from_web(file)
            else:
                _fetch_from_hub(file)
    except Exception as error:  # each library that downloads has its own errors
        _say(failed=_kind_of(error), why=f"{type(error).__name__}: {error}")
        return 1
    return 0


def _fetch_from_web(file: Mapping[str, str]) -> None:
    """Into `path`, by way of a file beside it; the end of its name may begin its SHA-256."""
    path = Path(file["path"])
    partial = path.with_name(f"{path.name}.{os.getpid()}{UNFINISHED}")
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    request = urllib.request.Request(file["url"], headers={"User-Agent": "maskloop"})
    try:
        with urllib.request.urlopen(request, timeout=20) as response, partial.open("wb") as target:
            total = int(response.headers.get("Content-Length") or 0)
            report, done = _reporter(total), 0
            while block := response.read(_CHUNK):
                target.write(block)
                digest.update(block)
                done += len(block)
                report(done)
        told = re.search(r"-([0-9a-f]{8,})$", path.stem)
        if (total and done != total) or (told and not digest.hexdigest().startswith(told[1])):
            raise OSError(f"{path.name} arrived damaged")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _fetch_from_hub(file: Mapping[str, Any]) -> None:
    """Into the cache of Hugging Face's library, the first of `names` that there is."""
    # Its other way, with a program of its own, neither tells bytes evenly nor ends at once.
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import RemoteEntryNotFoundError

    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK  # of 10 MB otherwise: too seldom a report
    _reach(file["endpoint"])
    names = file["names"]
    for name in names:
        try:
            hf_hub_download(
                file["repository"],
                name,
                revision=file["revision"],
                cache_dir=file["cache"],
                endpoint=file["endpoint"],
                tqdm_class=_bar_class(),
            )
        except RemoteEntryNotFoundError:
            if name == names[-1]:
                raise
        else:
            return


def _reach(address: str) -> None:
    """Raise URLError when nobody is there: the library would try for half a minute."""
    try:
        urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=20).close()
    except urllib.error.HTTPError:
        pass  # an answer
    except urllib.error.URLError as error:
        if not isinstance(error.reason, ssl.SSLError):  # the library has certificates of its own
            raise


def _bar_class() -> type:
    from tqdm import tqdm

    class Bar(tqdm):
        """Shows nothing, and reports the bytes."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "disable": True})
            self._done = int(options.get("initial") or 0)
            self._report = _reporter(int(options.get("total") or 0))

        def update(self, n: float | None = 1) -> None:
            self._done += int(n or 0)
            self._report(self._done)

    return Bar


def _reporter(total: int) -> Callable[[int], None]:
    told = float("-inf")

    def report(done: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _PAUSE or done == total:
            told = now
            _say(done=done, total=total)

    return report


def _say(**told: object) -> None:
    print(json.dumps(told), flush=True)


def _kind_of(error: Exception) -> str:
    """What can be done about it: see `downloading.py`."""
    status = getattr(getattr(error, "response", None), "status_code", getattr(error, "code", None))
    if status in _MISSING:
        return "missing"
    if getattr(error, "errno", None) in _NO_ROOM + _NOT_WRITABLE:
        return "disk"
    # Hugging Face's library has no class of its own for a file of the wrong size either.
    return "damaged" if type(error) is OSError and error.errno is None else "network"


def _end_with_the_input() -> None:
    """Whoever started this wants no more, or is no more."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
