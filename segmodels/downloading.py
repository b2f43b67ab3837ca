"""Downloads that tell their bytes, and that any thread may stop at once."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from segmodels import fetch_files
from segmodels.errors import DownloadCancelled

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with the bytes that have come of a file and all of them, 0 when that is unknown."""

_GRACE = 1.0
"""Seconds until a program that does not end is killed."""

_REASONS = {
    "network": "could not be downloaded: check the internet connection and try again",
    "damaged": "did not arrive whole: try again",
    "missing": "could not be downloaded: they are not published any more",
    "disk": "could not be kept: make room in {folder}, and see that it may be written",
}


@dataclass(frozen=True)
class HubFile:
    """The first of `names` that there is in a repository of huggingface.co."""

    repository: str
    names: tuple[str, ...]
    revision: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether the cache of Hugging Face's library has it."""
        from huggingface_hub import constants, try_to_load_from_cache

        kept = (
            try_to_load_from_cache(
                self.repository, name, cache_dir=constants.HF_HUB_CACHE, revision=self.revision
            )
            for name in self.names
        )
        return any(isinstance(path, str) for path in kept)

    @property
    def folder(self) -> Path:
        """Where it gathers."""
        from huggingface_hub import constants

        repository = "--".join(["models", *self.repository.split("/")])
        return Path(constants.HF_HUB_CACHE) / repository / "blobs"

    def unfinished(self, process: int) -> set[Path]:
        """What has come of it; not only by that process, but the library lets in one at a time."""
        return set(self.folder.glob("*" + fetch_files.UNFINISHED))

    def order(self) -> dict[str, Any]:
        """Tell `fetch_files` what to do."""
        from huggingface_hub import constants

        return {
            "repository": self.repository,
            "names": self.names,
            "revision": self.revision,
            "cache": str(constants.HF_HUB_CACHE),
            "endpoint": constants.ENDPOINT,
        }


@dataclass(frozen=True)
class WebFile:
    """A file at an address, kept where torch.hub and timm look for it."""

    url: str

    @property
    def path(self) -> Path:
        """Where it is once it has come."""
        import torch

        return Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(self.url).path).name

    @property
    def is_here(self) -> bool:
        """Whether it has come."""
        return self.path.exists()

    @property
    def folder(self) -> Path:
        """Where it gathers."""
        return self.path.parent

    def unfinished(self, process: int) -> set[Path]:
        """What that process has of it."""
        return set(self.folder.glob(f"*.{process}{fetch_files.UNFINISHED}"))

    def order(self) -> dict[str, Any]:
        """Tell `fetch_files` what to do."""
        return {"url": self.url, "path": str(self.path)}


PublishedFile = HubFile | WebFile


class NotFetched(Exception):
    """Files did not come; `str(error)` says why, after their name, and what can be done."""

    def __init__(self, kind: str = "network", folder: Path = Path()) -> None:
        super().__init__(_REASONS[kind].format(folder=folder))


class Download:
    """Brings files to this machine, in a program of its own; stops for good when it is cancelled.

    `progress` is called in the thread that waits.
    """

    def __init__(self, progress: Progress = lambda done, total: None) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._is_over = threading.Event()
        self._is_cancelled = False

    def cancel(self) -> None:
        """Stop, and leave nothing half behind. Any thread but the one that waits."""
        with self._lock:
            self._is_cancelled = True
            process = self._process
        if process is not None:
            _end(process)
            self._is_over.wait(_GRACE)

    def check(self) -> None:
        """Raise DownloadCancelled if it was cancelled."""
        if self._is_cancelled:
            raise DownloadCancelled("The download was stopped.")

    def bring(self, files: Sequence[PublishedFile]) -> None:
        """Fetch those of `files` that are not here yet; blocks.

        Raises NotFetched, DownloadCancelled.
        """
        missing = [file for file in files if not file.is_here]
        with self._lock:
            self.check()
            if not missing:
                return
            self._is_over.clear()
            process = self._process = _started()
        before = _unfinished(missing, process)
        try:
            failure = self._followed(process, [file.order() for file in missing])
        finally:
            _end(process)
            for path in _unfinished(missing, process) - before:
                path.unlink(missing_ok=True)
            self._process = None
            self._is_over.set()
        self.check()
        if failure is None and process.returncode != 0:
            failure = {"failed": "network", "why": "its program ended"}
        if failure is not None:
            logger.info("not fetched: %s", failure)
            raise NotFetched(failure["failed"], missing[0].folder)

    def _followed(
        self, process: subprocess.Popen[str], orders: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """Tell how far it is, until it ends; what went wrong."""
        assert process.stdin is not None
        assert process.stdout is not None
        failure = None
        with suppress(OSError, ValueError):  # it was ended already
            process.stdin.write(json.dumps({"files": orders}) + "\n")
            process.stdin.flush()
        with process.stdout as said:
            for line in said:
                told = json.loads(line)
                if "failed" in told:
                    failure = told
                else:
                    self._progress(told["done"], told["total"])
        return failure


def _started() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", fetch_files.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )


def _end(process: subprocess.Popen[str]) -> None:
    """It ends with its input. Any thread."""
    assert process.stdin is not None
    with suppress(OSError, ValueError):
        process.stdin.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _unfinished(files: Sequence[PublishedFile], process: subprocess.Popen[str]) -> set[Path]:
    return {path for file in files for path in file.unfinished(process.pid)}
