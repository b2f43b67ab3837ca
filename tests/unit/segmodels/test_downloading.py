"""Downloads: they tell their bytes, end at once when they are stopped, and leave nothing half."""

from __future__ import annotations

import hashlib
import threading
import urllib.error
from pathlib import Path

import pytest
from huggingface_hub import hf_hub_download

from segmodels import fetch_files
from segmodels.downloading import Download, HubFile, NotFetched, PublishedFile, WebFile
from segmodels.errors import DownloadCancelled
from tests.hub import Hub, Published

DATA = bytes(range(250)) * 4_000
NAME = f"weights-{hashlib.sha256(DATA).hexdigest()[:8]}.pth"
ON_HUB = HubFile("maker/model", ("model.safetensors",))


def publish(hub: Hub, kind: str, **how) -> tuple[PublishedFile, Published]:
    """A file of a hub or at an address: what is asked for, and what the server has."""
    if kind == "hub":
        return ON_HUB, hub.put_weights("maker/model", "model.safetensors", DATA, **how)
    return WebFile(f"{hub.at}/{NAME}"), hub.put(NAME, DATA, **how)


def kept(folder: Path) -> list[Path]:
    """What a cache holds of contents, also half of them."""
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 1_000]


@pytest.mark.parametrize("kind", ["hub", "web"])
def test_a_file_comes_once_and_its_bytes_are_told(hub: Hub, tmp_path: Path, kind: str) -> None:
    file, published = publish(hub, kind)
    told: list[tuple[int, int]] = []
    assert not file.is_here
    Download(lambda *both: told.append(both)).bring([file])
    assert file.is_here
    assert {path.resolve().read_bytes() for path in kept(tmp_path)} == {DATA}
    assert told == sorted(told)
    assert told[-1] == (len(DATA), len(DATA))
    assert len(told) > 1
    Download().bring([file])
    assert published.asked == 1


def test_the_library_finds_what_was_fetched_and_asks_for_it_no_more(hub: Hub) -> None:
    file, published = publish(hub, "hub")
    Download().bring([file])
    path = hf_hub_download("maker/model", "model.safetensors")
    assert Path(path).read_bytes() == DATA
    assert published.asked == 1


def test_the_first_name_that_there_is_counts(hub: Hub) -> None:
    hub.put_weights("maker/model", "pytorch_model.bin", DATA)
    file = HubFile("maker/model", ("model.safetensors", "pytorch_model.bin"))
    Download().bring([file])
    assert file.is_here
    assert not ON_HUB.is_here


@pytest.mark.parametrize("kind", ["hub", "web"])
def test_who_stops_it_waits_for_nothing_and_nothing_is_left(
    hub: Hub, tmp_path: Path, kind: str
) -> None:
    file, published = publish(hub, kind, stops_at=700_000)
    download = Download()
    raised: list[BaseException] = []

    def wait() -> None:
        try:
            download.bring([file])
        except DownloadCancelled as error:
            raised.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert published.has_stopped.wait(20)
    download.cancel()
    assert kept(tmp_path) == []
    waiting.join(20)
    assert len(raised) == 1
    assert not file.is_here
    with pytest.raises(DownloadCancelled):
        download.bring([file])


def test_a_connection_that_breaks_is_taken_up_where_it_was(hub: Hub) -> None:
    file, published = publish(hub, "hub", breaks=[600_000])
    Download().bring([file])
    path = hf_hub_download("maker/model", "model.safetensors")
    assert Path(path).read_bytes() == DATA
    assert published.asked == 2


@pytest.mark.parametrize(
    ("kind", "how"),
    [("hub", {"told_size": len(DATA) + 9}), ("web", {"breaks": [600_000]})],
)
def test_a_file_that_did_not_come_whole_is_none(
    hub: Hub, tmp_path: Path, kind: str, how: dict
) -> None:
    file, published = publish(hub, kind, **how)
    if kind == "web":  # without a checksum in its name
        file, hub.files["/plain.pth"] = WebFile(f"{hub.at}/plain.pth"), published
    with pytest.raises(NotFetched, match="did not arrive whole"):
        Download().bring([file])
    assert kept(tmp_path) == []
    assert not file.is_here


def test_a_file_whose_name_has_another_checksum_is_none(hub: Hub, tmp_path: Path) -> None:
    hub.put("weights-00000000.pth", DATA)
    with pytest.raises(NotFetched, match="did not arrive whole"):
        Download().bring([WebFile(f"{hub.at}/weights-00000000.pth")])
    assert kept(tmp_path) == []


@pytest.mark.parametrize("kind", ["hub", "web"])
def test_what_is_not_published_is_told(hub: Hub, kind: str) -> None:
    file = ON_HUB if kind == "hub" else WebFile(f"{hub.at}/{NAME}")
    with pytest.raises(NotFetched, match="not published any more"):
        Download().bring([file])


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("kind", ["hub", "web"])
def test_without_a_network_that_is_told(kind: str) -> None:
    file = ON_HUB if kind == "hub" else WebFile(f"http://127.0.0.1:9/{NAME}")
    with pytest.raises(NotFetched, match="check the internet connection"):
        Download().bring([file])


@pytest.mark.usefixtures("offline")
def test_where_nobody_answers_the_library_does_not_begin_its_many_tries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 0)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *_, **__: asked.append(1))
    with pytest.raises(urllib.error.URLError):
        fetch_files._fetch_from_hub(ON_HUB.order())
    assert not asked


def test_a_folder_that_cannot_be_written_is_told(hub: Hub, tmp_path: Path) -> None:
    file, _ = publish(hub, "web")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "torch").write_text("a file where the folder should be")
    with pytest.raises(NotFetched, match=r"make room in .*checkpoints"):
        Download().bring([file])


def test_an_error_of_who_is_told_ends_it_too(hub: Hub, tmp_path: Path) -> None:
    file, _ = publish(hub, "web")

    def stumble(done: int, total: int) -> None:
        raise RuntimeError("the bar is gone")

    with pytest.raises(RuntimeError, match="the bar is gone"):
        Download(stumble).bring([file])
    assert not list(tmp_path.rglob("*.incomplete"))
