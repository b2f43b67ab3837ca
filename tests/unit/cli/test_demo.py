"""The demo chooses between window and script, and the script does the whole job."""

import json
from pathlib import Path

import pytest

from app.cli import demo, demo_job, display, main
from app.document.files import read_label_png
from app.sample import write_samples


def test_without_a_display_there_is_no_window(monkeypatch):
    monkeypatch.setattr(display.sys, "platform", "linux")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not display.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert display.has_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not display.has_display()


def test_windows_and_macos_always_have_a_display(monkeypatch):
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    for platform in ("win32", "darwin"):
        monkeypatch.setattr(display.sys, "platform", platform)
        assert display.has_display()


def test_the_demo_is_written_where_one_may_write(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert demo.writable_folder() == tmp_path / "demo"
    (tmp_path / "demo").rmdir()
    (tmp_path / "demo").write_text("a file is in the way")
    elsewhere = demo.writable_folder()
    assert elsewhere.is_dir()
    assert elsewhere != tmp_path / "demo"


@pytest.fixture
def small(monkeypatch):
    """The same job on fewer images."""
    monkeypatch.setattr(demo_job, "PAINTED", 2)
    monkeypatch.setattr(demo_job, "write_samples", lambda folder: write_samples(folder, count=4))


def test_the_script_segments_learns_and_exports(small, tmp_path, capsys):
    arguments = ["demo", "--no-window", "--out", str(tmp_path), "--seconds", "1"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    folder = tmp_path / "scripted"
    for name in ("masks", "before_and_after.png", "scores.json"):
        assert str(folder / name) in out
        assert Path(folder / name).exists()
    scores = json.loads((folder / "scores.json").read_text())
    assert scores["after"]["mean"]["iou"] > scores["before"]["mean"]["iou"]
    mask, _ = read_label_png(folder / "masks" / "cells_01.png")
    assert mask.shape == (384, 512)
    # What was painted is in the masks as it was painted.
    labels, _ = read_label_png(folder / "images" / "maskloop" / "labels" / "cells_01.png.png")
    painted = labels != 255
    assert painted.any()
    assert (mask[painted] == labels[painted]).all()
