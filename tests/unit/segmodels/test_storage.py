"""Models on disk: written whole or not at all, read without running them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from segmodels import ModelFileError, storage


def test_what_is_written_is_read(tmp_path: Path) -> None:
    storage.write_model(tmp_path / "m", {"name": "größe"}, {"a": torch.arange(3)})
    card, weights = storage.read_model(tmp_path / "m")
    assert card["name"] == "größe"
    assert weights["a"].tolist() == [0, 1, 2]


def test_a_newer_model_takes_the_place_of_the_older_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    for value in (1, 2):
        storage.write_model(tmp_path / "m", {"value": value}, {"a": torch.ones(value)})
    assert storage.read_model(tmp_path / "m")[0]["value"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_failed_write_keeps_the_last_model(tmp_path: Path, monkeypatch) -> None:
    storage.write_model(tmp_path / "m", {"value": 1}, {"a": torch.ones(1)})

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(storage, "save", full)
    with pytest.raises(OSError, match="full"):
        storage.write_model(tmp_path / "m", {"value": 2}, {"a": torch.ones(1)})
    assert storage.read_model(tmp_path / "m")[0]["value"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="nowhere"):
        storage.read_model(tmp_path / "nowhere")


@pytest.mark.parametrize("broken", ["weights.safetensors", "model.json"])
def test_a_broken_model_is_refused_in_one_sentence(tmp_path: Path, broken: str) -> None:
    storage.write_model(tmp_path / "m", {}, {"a": torch.ones(100)})
    (tmp_path / "m" / broken).write_bytes(b"\x80\x04 no model")
    with pytest.raises(ModelFileError, match="broken"):
        storage.read_model(tmp_path / "m")


def test_a_model_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    storage.write_model(tmp_path / "m", {}, {"a": torch.ones(1)})
    (tmp_path / "m" / "model.json").write_text(json.dumps({"format": 99}), "utf-8")
    with pytest.raises(ModelFileError, match="newer"):
        storage.read_model(tmp_path / "m")
