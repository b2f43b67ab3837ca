from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.document.errors import LabelFileError
from app.document.files import read_label_png, write_aside, write_label_png

LABELS = np.random.default_rng(0).integers(0, 256, (40, 50), dtype=np.uint8)


def test_labels_come_back_with_their_text(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.png"
    write_label_png(path, LABELS, {"key": "value"})
    labels, text = read_label_png(path)
    np.testing.assert_array_equal(labels, LABELS)
    assert text == {"key": "value"}
    with Image.open(path) as image:
        assert image.mode == "L"
        np.testing.assert_array_equal(np.asarray(image), LABELS)


def test_every_cut_and_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    write_label_png(path, LABELS, {"key": "value"})
    whole = path.read_bytes()
    for where in range(0, len(whole), 37):
        path.write_bytes(whole[:where])
        with pytest.raises(LabelFileError, match=r"x\.png"):
            read_label_png(path)
        flipped = bytearray(whole)
        flipped[where] ^= 0x40
        path.write_bytes(bytes(flipped))
        with pytest.raises(LabelFileError, match=r"x\.png"):
            read_label_png(path)


def test_a_failed_write_keeps_the_last_good_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.png"
    write_aside(path, b"good")
    for step in ("fsync", "replace"):

        def full(*args: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, step, full)
            with pytest.raises(OSError, match="No space"):
                write_aside(path, b"new")
        assert path.read_bytes() == b"good"
        assert os.listdir(tmp_path) == ["x.png"]
