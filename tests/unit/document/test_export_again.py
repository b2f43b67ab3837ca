"""An export into the folder of an earlier one leaves nothing of it behind, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.document.export import FORMATS, ExportExists, ExportOptions, export
from app.document.export.doctor import examine
from app.document.export.frame import Split
from app.document.export.record import ExportRecord
from app.document.project import Project
from tests.unit.document.conftest import write_image

Open = Callable[..., Project]
SPLIT = tuple(name for name, known in FORMATS.items() if "split" in known.options)
ALL_TRAINING = Split(validation=0.0)
SOME_FOR_TEST = Split(validation=0.4, test=0.2)


@pytest.fixture
def project(tmp_path: Path, open_project: Open) -> Project:
    for seed in range(5):
        write_image(tmp_path / "pictures" / f"{seed}.png", (12, 16), seed=seed)
    return open_project(tmp_path / "pictures")


def write(
    project: Project, name: str, out: Path, split: Split, *, overwrite: bool = True
) -> dict[str, str]:
    """What the doctor says of it, by name."""
    with ExportRecord() as record:
        options = ExportOptions(split=split)
        list(export(project, name, out, overwrite=overwrite, options=options, record=record))
        return {step.name: step.problem for step in examine(record, out) if step.problem}


def files_in(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in paths}


@pytest.mark.parametrize("name", SPLIT)
def test_another_split_leaves_no_file_of_the_first(
    project: Project, tmp_path: Path, name: str
) -> None:
    assert write(project, name, tmp_path / "out", ALL_TRAINING) == {}
    assert write(project, name, tmp_path / "out", SOME_FOR_TEST) == {}
    assert write(project, name, tmp_path / "fresh", SOME_FOR_TEST) == {}
    assert files_in(tmp_path / "out") == files_in(tmp_path / "fresh")


def test_folders_that_are_empty_then_are_gone(project: Project, tmp_path: Path) -> None:
    write(project, "yolo", tmp_path, SOME_FOR_TEST)
    assert (tmp_path / "images" / "test").is_dir()
    write(project, "yolo", tmp_path, ALL_TRAINING)
    assert not (tmp_path / "images" / "test").exists()


def test_the_question_says_how_many_files_would_go(project: Project, tmp_path: Path) -> None:
    write(project, "yolo", tmp_path, SOME_FOR_TEST)
    with pytest.raises(ExportExists, match="6 more of the earlier export that it would remove"):
        write(project, "yolo", tmp_path, ALL_TRAINING, overwrite=False)


def test_files_that_are_not_ours_or_were_changed_stay_and_are_told(
    project: Project, tmp_path: Path
) -> None:
    write(project, "yolo", tmp_path, ALL_TRAINING)
    (tmp_path / "notes.md").write_text("mine")
    (tmp_path / "images" / "train" / "mine.png").write_bytes(b"mine")
    moved = sorted(path.name for path in (tmp_path / "labels" / "train").iterdir())
    for name in moved:
        (tmp_path / "labels" / "train" / name).write_text("mended by hand")
    problems = write(project, "yolo", tmp_path, Split(validation=1.0))
    assert (tmp_path / "notes.md").exists()
    assert problems.keys() == {"images/train", "labels/train"}
    assert "images/train/mine.png belongs to no image" in problems["images/train"]
    assert "5 files in labels/train belong to no image" in problems["labels/train"]


def test_an_export_of_another_format_beside_it_stays(project: Project, tmp_path: Path) -> None:
    write(project, "yolo", tmp_path, ALL_TRAINING)
    before = files_in(tmp_path)
    write(project, "mmseg", tmp_path, ALL_TRAINING)
    write(project, "mmseg", tmp_path, SOME_FOR_TEST)
    assert before < files_in(tmp_path)


def test_a_list_of_an_export_from_before_is_told(project: Project, tmp_path: Path) -> None:
    write(project, "coco", tmp_path, SOME_FOR_TEST)
    (tmp_path / ".maskloop-export").unlink()
    problems = write(project, "coco", tmp_path, ALL_TRAINING)
    assert "instances_test.json" in problems["annotations"]


@pytest.mark.parametrize("text", ["", "[]", '{"yolo": 3}', '{"yolo": [["../a.txt", "x"]]}'])
def test_a_list_that_cannot_be_understood_removes_nothing(
    project: Project, tmp_path: Path, text: str
) -> None:
    (tmp_path / "a.txt").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / ".maskloop-export").write_text(text)
    assert write(project, "yolo", out, ALL_TRAINING) == {}
    assert (tmp_path / "a.txt").exists()


@pytest.mark.parametrize("killed_at", range(0, 19, 3))
def test_killed_at_any_move_the_next_export_cleans_up(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    out = tmp_path / "out"
    write(project, "yolo", out, ALL_TRAINING)
    moves = iter(range(1000))
    move = os.replace

    def killed(source: Path, target: Path) -> None:
        if next(moves) == killed_at:
            raise KeyboardInterrupt
        move(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("app.document.export.output.os.replace", killed)
        patch.setattr("app.document.export.output.Output.discard", lambda self: None)
        with pytest.raises(KeyboardInterrupt):
            write(project, "yolo", out, SOME_FOR_TEST)
    assert write(project, "yolo", out, SOME_FOR_TEST) == {}
    write(project, "yolo", tmp_path / "fresh", SOME_FOR_TEST)
    assert files_in(out) == files_in(tmp_path / "fresh")
