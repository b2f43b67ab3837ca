"""A JSON file that is broken is told as such, with the place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.document.errors import LabelImportError
from app.document.importing import detect, import_labels
from app.document.project import Project

Open = Callable[..., Project]
BROKEN = '{"images": [],\n "annotations": [}'
TOLD = r"labels\.json is no valid JSON: line 2, column 18\."


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "m" / "labels.json"
    path.parent.mkdir()
    path.write_text(BROKEN)
    return path


def test_a_broken_file_is_told_and_not_said_to_hold_no_labels(broken: Path) -> None:
    for source in (broken, broken.parent):
        with pytest.raises(LabelImportError, match=TOLD):
            detect(source)


def test_one_broken_file_does_not_hide_another_that_holds_labels(broken: Path) -> None:
    (broken.parent / "other.json").write_text('{"images": [], "annotations": []}')
    assert detect(broken.parent) == "coco"


@pytest.mark.parametrize("format_name", ["coco", "labelme"])
def test_so_it_is_when_the_format_was_said(
    folder: Path, open_project: Open, broken: Path, format_name: str
) -> None:
    (result,) = import_labels(open_project(folder), broken, format_name=format_name)
    assert result.problem == "labels.json is no valid JSON: line 2, column 18."


def test_bytes_that_are_no_text_are_no_valid_json(broken: Path) -> None:
    broken.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LabelImportError, match="no valid JSON"):
        detect(broken)


def test_a_mark_at_the_start_of_the_text_is_no_mistake(broken: Path) -> None:
    broken.write_text('{"shapes": []}', "utf-8-sig")
    assert detect(broken) == "labelme"
