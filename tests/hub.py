"""A server on this machine that stands in for those that publish weights."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

_COMMIT = "c" * 40


@dataclass
class Published:
    """A file on the server, and what goes wrong when it is asked for.

    It is cut at each of `breaks` once; at `stops_at` nothing more comes until the server ends, and
    `has_stopped` is set. `told_size` is said to be its size, when asked before.
    """

    data: bytes
    breaks: list[int] = field(default_factory=list)
    stops_at: int | None = None
    told_size: int | None = None
    has_stopped: threading.Event = field(default_factory=threading.Event)
    asked: int = 0


class Hub:
    """Files by path; `at` is the address of the server."""

    def __init__(self) -> None:
        self.files: dict[str, Published] = {}
        self.ends = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.at = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()

    def put(self, path: str, data: bytes, **how) -> Published:
        """Publish at that path of the server."""
        self.files["/" + path] = Published(data, **how)
        return self.files["/" + path]

    def put_weights(self, repository: str, name: str, data: bytes, **how) -> Published:
        """Publish in a repository."""
        return self.put(f"{repository}/resolve/main/{name}", data, **how)

    def close(self) -> None:
        self.ends.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            file = hub.files.get(self.path)
            if file is None:
                self._refuse()
                return
            size = len(file.data) if file.told_size is None else file.told_size
            self._begin(200, file, size)

        def do_GET(self) -> None:
            file = hub.files.get(self.path)
            if file is None:
                self._refuse()
                return
            file.asked += 1
            asked = self.headers.get("Range", "bytes=0-")
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            self._begin(206 if start else 200, file, len(file.data) - start)
            ends = [end for end in file.breaks if end > start]
            if ends:
                file.breaks.remove(ends[0])
                self.wfile.write(file.data[start : ends[0]])
            elif file.stops_at is not None:
                self.wfile.write(file.data[start : file.stops_at])
                self.wfile.flush()
                file.has_stopped.set()
                hub.ends.wait()
            else:
                self.wfile.write(file.data[start:])
            self.close_connection = True

        def _begin(self, status: int, file: Published, size: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(size))
            self.send_header("ETag", f'"{hashlib.sha256(file.data).hexdigest()}"')
            self.send_header("X-Repo-Commit", _COMMIT)
            self.end_headers()

        def _refuse(self) -> None:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("X-Repo-Commit", _COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_) -> None:
            pass

    return Handler


def reach(address: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the libraries look there for what is published, and keep it in that folder."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache / "hub"))
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(cache / "torch"))
    monkeypatch.setattr(
        "segmodels.models.published._weights_address", lambda name: f"{address}/{name}.pth"
    )
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
