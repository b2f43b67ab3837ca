"""Servers of weights for all tests: one on this machine, and none."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub import Hub, reach


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A server in the place of those that publish weights; nothing of it was fetched yet."""
    hub = Hub()
    reach(hub.at, tmp_path / "cache", monkeypatch)
    yield hub
    hub.close()


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers where weights are published."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    reach(f"http://127.0.0.1:{port}", tmp_path / "cache", monkeypatch)
